//! Where results go. Nothing is created before there is something to write, and what was there before is
//! replaced in one step or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use spec::value::Parsed;
use spec::{Failure, Status};

/// How the result is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
    Csv,
}

impl Format {
    /// By name.
    pub(crate) const ALL: &[(&str, Format)] = &[
        ("table", Format::Table),
        ("json", Format::Json),
        ("csv", Format::Csv),
    ];
}

/// What a file is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The result itself.
    Result,
    /// Pictures.
    Plot,
    /// The first requests.
    Timeline,
    /// How it went over time.
    Series,
}

impl Kind {
    /// All of them.
    pub(crate) const ALL: &[Kind] = &[Kind::Result, Kind::Plot, Kind::Timeline, Kind::Series];

    /// Its flag.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Kind::Result => "output",
            Kind::Plot => "plot",
            Kind::Timeline => "timeline",
            Kind::Series => "series",
        }
    }

    /// The extensions it may have; none means any.
    fn extensions(self) -> &'static [&'static str] {
        match self {
            Kind::Result => &[],
            Kind::Plot => &["svg", "html"],
            Kind::Timeline => &["json"],
            Kind::Series => &["csv", "json", "svg"],
        }
    }
}

/// A file that will be written, and can be as far as can be told beforehand.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// What for.
    pub(crate) kind: Kind,
    /// As it was typed.
    pub(crate) name: String,
    path: PathBuf,
    /// A device or a pipe, which is written to and never replaced.
    special: bool,
}

impl Target {
    /// The file called `name`, which must be none of `inputs` and `others`.
    pub(crate) fn new(
        kind: Kind,
        name: &str,
        inputs: &[PathBuf],
        others: &[Target],
    ) -> Parsed<Target> {
        let extension = Path::new(name).extension().and_then(|e| e.to_str());
        let allowed = kind.extensions();
        if !allowed.is_empty() && !extension.is_some_and(|e| allowed.contains(&e)) {
            let allowed: Vec<String> = allowed.iter().map(|e| format!(".{e}")).collect();
            return Err(format!("`{name}` must end in {}", allowed.join(" or ")));
        }
        let refuse = |error: io::Error| format!("`{name}` cannot be written: {error}");
        let (path, special) = locate(Path::new(name)).map_err(refuse)?;
        let is_input = |input: &PathBuf| fs::canonicalize(input).is_ok_and(|input| input == path);
        if !special && inputs.iter().any(is_input) {
            return Err(format!("`{name}` is read from, and would be replaced"));
        }
        if let Some(other) = others.iter().find(|other| !special && other.path == path) {
            return Err(format!(
                "`{name}` is also the file of --{}",
                other.kind.key()
            ));
        }
        if !special {
            try_to_write(&path).map_err(refuse)?;
        }
        let name = name.to_owned();
        Ok(Target {
            kind,
            name,
            path,
            special,
        })
    }

    /// Whether its name ends in `extension`.
    pub(crate) fn is(&self, extension: &str) -> bool {
        self.path.extension().is_some_and(|e| e == extension)
    }

    /// Writes `content`, all of it or nothing.
    pub(crate) fn write(&self, content: &str) -> Result<(), Failure> {
        let result = if self.special {
            fs::write(&self.path, content)
        } else {
            replace(&self.path, content)
        };
        result.map_err(|error| {
            let Target { kind, name, .. } = self;
            Failure::Running(format!(
                "--{}: `{name}` cannot be written: {error}",
                kind.key()
            ))
        })
    }
}

/// Where `path` leads, links followed, and whether that is no regular file.
fn locate(path: &Path) -> io::Result<(PathBuf, bool)> {
    let ends_in_slash = path.as_os_str().as_encoded_bytes().ends_with(b"/");
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(found) if found.is_file() => Ok((fs::canonicalize(path)?, false)),
        Ok(_) => Ok((path.to_owned(), true)),
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Err(_) if fs::symlink_metadata(path).is_ok() => {
            Err(io::Error::other("it is a link that leads nowhere"))
        }
        Err(error) => match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) if !ends_in_slash => {
                let here = Path::new(".");
                let parent = if parent.as_os_str().is_empty() {
                    here
                } else {
                    parent
                };
                Ok((fs::canonicalize(parent)?.join(name), false))
            }
            _ => Err(error),
        },
    }
}

/// Fails if [`replace`] would, and leaves everything as it was.
fn try_to_write(path: &Path) -> io::Result<()> {
    if path.exists() {
        OpenOptions::new().write(true).open(path)?;
    }
    let beside = beside(path);
    File::create_new(&beside)?;
    fs::remove_file(&beside)
}

/// Puts `content` in a file beside `path` and moves it there.
fn replace(path: &Path, content: &str) -> io::Result<()> {
    let beside = beside(path);
    let written = File::create_new(&beside).and_then(|mut file| {
        file.write_all(content.as_bytes())?;
        if let Ok(old) = fs::metadata(path) {
            file.set_permissions(old.permissions())?;
        }
        drop(file);
        fs::rename(&beside, path)
    });
    if written.is_err() {
        // It may not even be there; the failure that matters is the first one.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.part", std::process::id()))
}

/// Writes `text` to stdout. Who closed the pipe has read enough.
pub(crate) fn to_stdout(text: &str) -> Result<Status, Failure> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Running(format!(
            "stdout cannot be written: {error}"
        ))),
        _ => Ok(Status::Done),
    }
}
