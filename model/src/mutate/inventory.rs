//! Every atomic operation that the source has, found by reading it.
//!
//! The checkers know of a step only when a model takes it. What no model ever takes is found here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use syn::visit::{self, Visit};

use crate::watch::{Mutation, Operation, Site};

/// An atomic operation in the source.
#[derive(Clone, Debug)]
pub struct AtomicSite {
    /// Where.
    pub site: Site,
    /// `slots::Slots::settle fetch_and`, and ` #2` for the second of its name in that function: what it is called when
    /// lines move.
    pub name: String,
    /// What can be done to it.
    pub mutations: Vec<Mutation>,
}

/// All atomic operations of the files under `folder`, tests and the suppliers of memory excepted. Paths are given
/// from `root`, as the compiler is.
///
/// # Errors
/// If a file cannot be read, is not Rust, or gives an atomic operation an ordering that is not written out.
pub fn inventory(root: &Path, folder: &str) -> io::Result<Vec<AtomicSite>> {
    let mut sites = Vec::new();
    let about = |path: &Path, error: io::Error| {
        io::Error::other(format!(
            "{}: {error}; the mutants need the sources that this program was built from",
            path.display()
        ))
    };
    let top = root.join(folder);
    for path in sources(&top).map_err(|error| about(&top, error))? {
        let text = fs::read_to_string(&path).map_err(|error| about(&path, error))?;
        let name = path.strip_prefix(root).expect("it was found below");
        let file = String::leak(name.display().to_string());
        let refuse = |error: String| io::Error::other(format!("{file}: {error}"));
        let parsed = syn::parse_file(&text).map_err(|error| refuse(error.to_string()))?;
        let mut finder = Finder {
            file,
            scope: vec![path.file_stem().unwrap_or_default().display().to_string()],
            found: Vec::new(),
            refused: None,
        };
        finder.visit_file(&parsed);
        if let Some(error) = finder.refused {
            return Err(refuse(error));
        }
        sites.extend(finder.found);
    }
    Ok(sites)
}

fn sources(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "memory") {
            files.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

struct Finder {
    file: &'static str,
    /// Module, type, function: where the visit is.
    scope: Vec<String>,
    found: Vec<AtomicSite>,
    refused: Option<String>,
}

impl Finder {
    fn within(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        self.scope.push(name);
        visit(self);
        self.scope.pop();
    }

    fn add(&mut self, call: &syn::ExprMethodCall, operation: Operation, orders: &[Ordering]) {
        let start = call.method.span().start();
        let name = format!("{} {}", self.scope.join("::"), call.method);
        let same = |known: &&AtomicSite| known.name.split(" #").next() == Some(&name);
        let nth = self.found.iter().filter(same).count() + 1;
        self.found.push(AtomicSite {
            site: Site {
                file: self.file,
                line: start.line as u32,
                column: start.column as u32 + 1,
            },
            name: if nth == 1 {
                name
            } else {
                format!("{name} #{nth}")
            },
            mutations: Mutation::of(operation, orders[0], orders.get(1).copied()),
        });
    }
}

impl Visit<'_> for Finder {
    fn visit_item_mod(&mut self, module: &syn::ItemMod) {
        let is_test = module
            .attrs
            .iter()
            .any(|attribute| attribute.path().is_ident("cfg"));
        if !is_test {
            self.within(module.ident.to_string(), |finder| {
                visit::visit_item_mod(finder, module)
            });
        }
    }

    fn visit_item_impl(&mut self, item: &syn::ItemImpl) {
        let name = match &*item.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        self.within(name.unwrap_or_default(), |finder| {
            visit::visit_item_impl(finder, item)
        });
    }

    fn visit_impl_item_fn(&mut self, function: &syn::ImplItemFn) {
        let name = function.sig.ident.to_string();
        self.within(name, |finder| visit::visit_impl_item_fn(finder, function));
    }

    fn visit_item_fn(&mut self, function: &syn::ItemFn) {
        let name = function.sig.ident.to_string();
        self.within(name, |finder| visit::visit_item_fn(finder, function));
    }

    fn visit_expr_method_call(&mut self, call: &syn::ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        let Some((operation, arguments, orderings)) = signature(&call.method.to_string()) else {
            return;
        };
        if call.args.len() != arguments {
            return;
        }
        let orders: Option<Vec<_>> = call
            .args
            .iter()
            .skip(arguments - orderings)
            .map(ordering)
            .collect();
        match orders {
            Some(orders) => self.add(call, operation, &orders),
            None => {
                let place = call.method.span().start();
                self.refused = Some(format!(
                    "line {}: the ordering of `{}` is not written out, so it cannot be weakened",
                    place.line, call.method
                ));
            }
        }
    }
}

/// What a method's name means: the kind of operation, how many arguments, how many of them orderings.
fn signature(method: &str) -> Option<(Operation, usize, usize)> {
    match method {
        "load" => Some((Operation::Load, 1, 1)),
        "store" => Some((Operation::Store, 2, 1)),
        "compare_exchange_weak" => Some((Operation::CompareExchange, 4, 2)),
        "fetch_add" | "fetch_sub" | "fetch_or" | "fetch_and" => {
            Some((Operation::ReadModifyWrite, 2, 1))
        }
        _ => None,
    }
}

fn ordering(argument: &syn::Expr) -> Option<Ordering> {
    let syn::Expr::Path(path) = argument else {
        return None;
    };
    match path.path.segments.last()?.ident.to_string().as_str() {
        "Relaxed" => Some(Ordering::Relaxed),
        "Acquire" => Some(Ordering::Acquire),
        "Release" => Some(Ordering::Release),
        "AcqRel" => Some(Ordering::AcqRel),
        "SeqCst" => Some(Ordering::SeqCst),
        _ => None,
    }
}
