//! Notices when a file is another one.
//!
//! Editors write a new file and rename it to the old name, and Kubernetes swaps a link to a folder, so what is watched
//! is the folders: that of the name and that in which the file lies in the end. What happened there is not looked into;
//! what counts is whether there are other bytes under the name.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// So long the bytes must stay the same: a file that is just being written is not read.
const SETTLED: Duration = Duration::from_millis(100);

/// Watches the file at `path`, starting with what is in it now.
pub fn watch(path: &Path) -> io::Result<Watch> {
    let stirred = Arc::new(Notify::new());
    let stir = stirred.clone();
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // Something was lost if it is an error.
        if event.as_ref().map_or(true, changes) {
            stir.notify_one();
        }
    });
    let mut watch = Watch {
        path: path.to_owned(),
        bytes: std::fs::read(path).ok(),
        is_stirred: false,
        stirred,
        folders: Vec::new(),
        watcher: watcher.map_err(io::Error::other)?,
    };
    watch.follow().map_err(io::Error::other)?;
    Ok(watch)
}

/// A file that is watched.
#[derive(Debug)]
pub struct Watch {
    path: PathBuf,
    /// What is in it, as far as was told.
    bytes: Option<Vec<u8>>,
    /// Whether something happened that was not looked into yet.
    is_stirred: bool,
    stirred: Arc<Notify>,
    folders: Vec<PathBuf>,
    watcher: RecommendedWatcher,
}

impl Watch {
    /// Waits until there is something else in the file. Nothing is missed if this is cancelled.
    pub async fn changed(&mut self) {
        loop {
            if !self.is_stirred {
                self.stirred.notified().await;
                self.is_stirred = true;
            }
            let bytes = self.settled().await;
            self.is_stirred = false;
            // A folder that cannot be watched now can be later, and then something happens again.
            let _ = self.follow();
            if bytes.is_some() && bytes != self.bytes {
                self.bytes = bytes;
                return;
            }
        }
    }

    /// What is in the file when it does not change any more; `None` if there is none.
    async fn settled(&self) -> Option<Vec<u8>> {
        let mut before = std::fs::read(&self.path).ok();
        loop {
            tokio::time::sleep(SETTLED).await;
            let now = std::fs::read(&self.path).ok();
            if now == before {
                return now;
            }
            before = now;
        }
    }

    /// Watches the folders that matter now.
    fn follow(&mut self) -> notify::Result<()> {
        let folders = folders(&self.path);
        for old in self.folders.iter().filter(|old| !folders.contains(old)) {
            // One that is gone is not watched any more.
            let _ = self.watcher.unwatch(old);
        }
        self.folders.retain(|old| folders.contains(old));
        for folder in folders {
            if !self.folders.contains(&folder) {
                self.watcher.watch(&folder, RecursiveMode::NonRecursive)?;
                self.folders.push(folder);
            }
        }
        Ok(())
    }
}

/// That in which the name is, and that in which the file is.
fn folders(path: &Path) -> Vec<PathBuf> {
    let of = |path: &Path| match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    // By one name each: two of a folder would be one watch, and the end of either the end of both.
    let folder = of(path);
    let mut folders = vec![folder.canonicalize().unwrap_or(folder)];
    if let Ok(real) = path.canonicalize() {
        folders.push(of(&real));
    }
    folders.dedup();
    folders
}

/// Whether something may be different after `event`. Reading is an event, too, and our own would never end.
fn changes(event: &Event) -> bool {
    match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    const SOON: Duration = Duration::from_secs(30);

    fn run(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(test);
    }

    async fn must_change(watch: &mut Watch) {
        tokio::time::timeout(SOON, watch.changed()).await.unwrap();
    }

    #[test]
    fn a_file_that_is_written_or_replaced_is_another() {
        run(async {
            let home = TempDir::new().unwrap();
            let [path, other] = ["a.toml", "b.toml"].map(|name| home.path().join(name));
            fs::write(&path, "seed = 1").unwrap();
            let mut watch = watch(&path).unwrap();
            fs::write(&path, "seed = 2").unwrap();
            must_change(&mut watch).await;
            fs::write(&other, "seed = 3").unwrap();
            fs::rename(&other, &path).unwrap();
            must_change(&mut watch).await;
            fs::remove_file(&path).unwrap();
            fs::write(&path, "seed = 4").unwrap();
            must_change(&mut watch).await;
        });
    }

    #[test]
    fn a_folder_has_one_name_whether_the_file_is_there_or_not() {
        let home = TempDir::new_in(".").unwrap();
        let name = home.path().file_name().unwrap();
        let path = Path::new(name).join("a.toml");
        let without = folders(&path);
        fs::write(&path, "seed = 1").unwrap();
        assert_eq!(folders(&path), without);
        assert_eq!(without, [home.path().canonicalize().unwrap()]);
        assert_eq!(folders(Path::new("Cargo.toml")).len(), 1);
    }

    /// What Kubernetes does with a ConfigMap.
    #[test]
    fn a_link_that_is_swapped_is_followed() {
        run(async {
            let home = TempDir::new().unwrap();
            let at = |name: &str| home.path().join(name);
            for (folder, text) in [("..1", "seed = 1"), ("..2", "seed = 2")] {
                fs::create_dir(at(folder)).unwrap();
                fs::write(at(folder).join("a.toml"), text).unwrap();
            }
            symlink("..1", at("..data")).unwrap();
            symlink("..data/a.toml", at("a.toml")).unwrap();
            let mut watch = watch(&at("a.toml")).unwrap();
            symlink("..2", at("..new")).unwrap();
            fs::rename(at("..new"), at("..data")).unwrap();
            fs::remove_dir_all(at("..1")).unwrap();
            must_change(&mut watch).await;
            fs::write(at("..2").join("a.toml"), "seed = 3").unwrap();
            must_change(&mut watch).await;
        });
    }

    #[test]
    fn what_stays_the_same_is_no_change_and_nothing_is_missed() {
        run(async {
            let home = TempDir::new().unwrap();
            let path = home.path().join("a.toml");
            fs::write(&path, "seed = 1").unwrap();
            let mut watch = watch(&path).unwrap();
            fs::write(&path, "seed = 1").unwrap();
            fs::write(home.path().join("other"), "x").unwrap();
            let none = tokio::time::timeout(4 * SETTLED, watch.changed()).await;
            assert!(none.is_err());
            fs::write(&path, "seed = 2").unwrap();
            // Given up while it waits for the file to settle.
            let _ = tokio::time::timeout(SETTLED / 2, watch.changed()).await;
            must_change(&mut watch).await;
        });
    }
}
