//! The shape of the code, held: modules use only those above them on the map, files never go round in a circle, and what
//! could be lifted out reaches into nothing else. The map is the table in `src/lib.rs`; `ARCHITECTURE.md` tells the same.

mod imports;
mod map;

use imports::{Tree, circles};
use map::{Row, rows};
use std::path::Path;
use syn::spanned::Spanned;
use syn::visit::Visit;

/// Lines of a file, at most.
const FILE: usize = 500;
/// Lines of a function, at most.
const FUNCTION: usize = 80;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The modules of a map, in its order.
fn modules(rows: &[Row]) -> Vec<&str> {
    rows.iter().flat_map(|row| row.modules.iter().map(String::as_str)).collect()
}

/// Every module of a file's own folder that it declares.
fn declared(source: &str) -> Vec<String> {
    let file = syn::parse_file(source).unwrap();
    let modules = file.items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) if module.content.is_none() => Some(module.ident.to_string()),
        _ => None,
    });
    modules.collect()
}

#[test]
fn no_file_goes_round_in_a_circle() {
    let tree = Tree::read(&root().join("src"));
    let found = circles(&tree.arrows(false));
    assert!(found.is_empty(), "files that import one another:\n{}", found.join("\n"));
}

#[test]
fn modules_use_only_those_above_them() {
    let tree = Tree::read(&root().join("src"));
    for (file, folder) in [("src/lib.rs", ""), ("src/train/mod.rs", "train")] {
        let source = read(file);
        let map = rows(&source);
        let order = modules(&map);
        let mut wrong = vec![];
        for (from, to) in tree.arrows(false) {
            let (Some(own), Some(other)) = (tree.room(&from, folder), tree.room(&to, folder)) else { continue };
            let place = |room: &str| order.iter().position(|known| *known == room);
            if let (Some(a), Some(b)) = (place(&own), place(&other))
                && a < b
            {
                wrong.push(format!("{from} uses {to}, which lies below it on the map"));
            }
        }
        assert!(wrong.is_empty(), "{file}: {}", wrong.join("\n"));
    }
}

#[test]
fn the_maps_name_every_module() {
    for file in ["src/lib.rs", "src/train/mod.rs"] {
        let source = read(file);
        let map = rows(&source);
        let mut known = modules(&map);
        // What a map says nothing of is private and without a purpose of its own.
        let mut declared = declared(&source);
        declared.retain(|name| !["cancel", "error"].contains(&name.as_str()));
        known.sort_unstable();
        declared.sort_unstable();
        assert_eq!(known, declared, "{file}: its table and its `mod` lines differ");
    }
    let (code, text) = (read("src/lib.rs"), read("ARCHITECTURE.md"));
    assert_eq!(modules(&rows(&code)), modules(&rows(&text)), "ARCHITECTURE.md has another map than src/lib.rs");
}

#[test]
fn what_could_be_lifted_out_reaches_into_nothing_else() {
    let tree = Tree::read(&root().join("src"));
    let mut wrong = vec![];
    // Their tests too.
    for (from, to) in tree.arrows(true) {
        let (Some(own), Some(other)) = (tree.room(&from, ""), tree.room(&to, "")) else { continue };
        let allowed: &[&str] = match own.as_str() {
            "graph" => &["graph"],
            "runtime" => &["graph", "runtime"],
            _ => continue,
        };
        if !allowed.contains(&other.as_str()) {
            wrong.push(format!("{from} uses {to}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (file, source) in tree.sources() {
        if file.starts_with("graph/") || file.starts_with("runtime/") {
            let product = source.lines().find(|line| {
                line.to_ascii_lowercase().contains("fieldcoach") && !line.trim_start().starts_with("//! use fieldcoach")
            });
            assert_eq!(product, None, "{file} names this product");
        }
    }
}

#[test]
fn the_store_touches_files_through_its_seam_only() {
    let tree = Tree::read(&root().join("src"));
    // What is the disk, and the lock and what lies in memory, which hold nothing that must survive.
    let seam = ["store/disk.rs", "store/lock.rs", "store/index/memory.rs"];
    for (file, source) in tree
        .sources()
        .filter(|(file, _)| file.starts_with("store/") && !seam.contains(file) && !file.ends_with("_tests.rs"))
    {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for past in ["std::fs", "rustix::fs", "tokio::fs", "OpenOptions"] {
            assert!(!code.contains(past), "{file} goes past the seam with {past}");
        }
    }
}

#[test]
fn files_and_functions_stay_small() {
    let tree = Tree::read(&root().join("src"));
    let mut long = vec![];
    for (file, source) in tree.sources() {
        let lines = source.lines().count();
        if lines > FILE {
            long.push(format!("{file} has {lines} lines"));
        }
        let mut functions = Functions::default();
        functions.visit_file(&syn::parse_file(source).unwrap());
        long.extend(functions.long.into_iter().map(|f| format!("{file}: {f}")));
    }
    assert!(long.is_empty(), "longer than a reader takes in at once:\n{}", long.join("\n"));
}

/// Finds functions that are too long.
#[derive(Default)]
struct Functions {
    long: Vec<String>,
}

impl Functions {
    fn measure(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let lines = block.span().end().line + 1 - signature.span().start().line;
        if lines > FUNCTION {
            self.long.push(format!("`{}` has {lines} lines", signature.ident));
        }
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.measure(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.measure(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }
}
