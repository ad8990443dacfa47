//! Which file imports which: every `use`, every path that begins with `crate`, `super` or the library's name, and every
//! module that a file declares, as the compiler would find them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::Visit;

/// The source files below a folder, by their path from it.
pub struct Tree {
    files: BTreeMap<String, String>,
}

/// From one file to another.
pub type Arrows = BTreeSet<(String, String)>;

impl Tree {
    pub fn read(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(&next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let name = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
                    files.insert(name, std::fs::read_to_string(&path).unwrap());
                }
            }
        }
        Self { files }
    }

    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect() }
    }

    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The part of `folder` that a file belongs to: `train` for `train/run/plan.rs` in ``, `run` in `train`.
    pub fn room(&self, file: &str, folder: &str) -> Option<String> {
        let inside = if folder.is_empty() { file } else { file.strip_prefix(folder)?.strip_prefix('/')? };
        let first = inside.split('/').next()?;
        let name = first.strip_suffix(".rs").unwrap_or(first);
        // The binary has modules of its own.
        (!["main", "cli", "lib", "mod"].contains(&name)).then(|| name.to_owned())
    }

    /// All imports; those of unit tests only if they are wanted. Nothing imports the root of a crate, and a file not
    /// itself.
    pub fn arrows(&self, with_tests: bool) -> Arrows {
        let mut arrows = Arrows::new();
        for (file, source) in &self.files {
            if !with_tests && is_test(file) {
                continue;
            }
            let parsed = syn::parse_file(source).unwrap_or_else(|e| panic!("{file}: {e}"));
            let mut finder = Finder { module: module_of(file), with_tests, paths: vec![] };
            finder.visit_file(&parsed);
            let binary = file == "main.rs" || file.starts_with("cli/");
            for path in finder.paths {
                // The library's own name is its root, seen from the binary.
                let path: &[String] = if binary && path[0] == "fieldcoach" { &path[1..] } else { &path };
                let Some(target) = self.resolve(path) else { continue };
                if target != *file && (with_tests || !is_test(&target)) {
                    arrows.insert((file.clone(), target));
                }
            }
        }
        arrows
    }

    /// The file of the deepest module that a path leads to.
    fn resolve(&self, path: &[String]) -> Option<String> {
        (1..=path.len()).rev().find_map(|depth| {
            let folder = path[..depth].join("/");
            [format!("{folder}.rs"), format!("{folder}/mod.rs")].into_iter().find(|name| self.files.contains_key(name))
        })
    }
}

fn is_test(file: &str) -> bool {
    file.ends_with("tests.rs")
}

/// The module that a file is, from the root of its crate.
fn module_of(file: &str) -> Vec<String> {
    let bare = file.strip_suffix(".rs").unwrap_or(file);
    let bare = bare.strip_suffix("/mod").unwrap_or(bare);
    if ["lib", "main"].contains(&bare) { vec![] } else { bare.split('/').map(str::to_owned).collect() }
}

struct Finder {
    module: Vec<String>,
    with_tests: bool,
    paths: Vec<Vec<String>>,
}

impl Finder {
    /// Notes a path as it is seen from the root, if it leads out of this module.
    fn note(&mut self, path: &[String]) {
        let up = path.iter().take_while(|part| *part == "super").count();
        let absolute = match path.first().map(String::as_str) {
            Some("crate" | "fieldcoach") => path[usize::from(path[0] == "crate")..].to_vec(),
            Some("super") if up <= self.module.len() => {
                let above = &self.module[..self.module.len() - up];
                above.iter().chain(&path[up..]).cloned().collect()
            }
            Some("self") => self.module.iter().chain(&path[1..]).cloned().collect(),
            _ => return,
        };
        if !absolute.is_empty() {
            self.paths.push(absolute);
        }
    }

    fn leaves(&mut self, tree: &syn::UseTree, before: &[String]) {
        match tree {
            syn::UseTree::Path(path) => {
                let mut longer = before.to_vec();
                longer.push(path.ident.to_string());
                self.leaves(&path.tree, &longer);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.leaves(item, before)),
            syn::UseTree::Name(name) if name.ident == "self" => self.note(before),
            syn::UseTree::Name(name) => self.note(&[before, &[name.ident.to_string()]].concat()),
            syn::UseTree::Rename(name) => self.note(&[before, &[name.ident.to_string()]].concat()),
            syn::UseTree::Glob(_) => self.note(before),
        }
    }

    /// Paths in what is written to a macro, which is no syntax tree yet.
    fn tokens(&mut self, tokens: proc_macro2::TokenStream) {
        use proc_macro2::TokenTree::{Group, Ident, Punct};
        let mut path: Vec<String> = vec![];
        let mut colons = 0;
        for token in tokens {
            match token {
                Ident(ident) if !path.is_empty() && colons == 2 => {
                    path.push(ident.to_string());
                    colons = 0;
                }
                Ident(ident) => {
                    self.note(&path);
                    (path, colons) = (vec![ident.to_string()], 0);
                }
                Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.note(&path);
                    (path, colons) = (vec![], 0);
                    if let Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.note(&path);
    }
}

fn for_tests_only(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|a| {
        a.path().is_ident("cfg") && a.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes: &[syn::Attribute] = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            syn::Item::Static(item) => &item.attrs,
            _ => &[],
        };
        if self.with_tests || !for_tests_only(attributes) {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if self.with_tests || !for_tests_only(&function.attrs) {
            syn::visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let name = module.ident.to_string();
        if module.content.is_none() {
            // Declaring is using: what a module says of its parts it says with them in hand.
            let path = [self.module.as_slice(), &[name]].concat();
            self.paths.push(path);
            return;
        }
        self.module.push(name);
        syn::visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.leaves(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if parts.len() > 1 {
            self.note(&parts);
        }
        syn::visit::visit_path(self, path);
    }

    // `pub(super)` and `pub(in path)` say who may look in; they use nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.tokens(called.tokens.clone());
        syn::visit::visit_macro(self, called);
    }
}

/// The circles among files, each as one line of its files (Tarjan's strongly connected components, 1972).
pub fn circles(arrows: &Arrows) -> Vec<String> {
    struct Search<'a> {
        next: BTreeMap<&'a str, Vec<&'a str>>,
        index: BTreeMap<&'a str, usize>,
        low: BTreeMap<&'a str, usize>,
        stack: Vec<&'a str>,
        found: Vec<String>,
    }
    impl<'a> Search<'a> {
        fn visit(&mut self, node: &'a str) {
            let at = self.index.len();
            self.index.insert(node, at);
            self.low.insert(node, at);
            self.stack.push(node);
            for to in self.next.get(node).cloned().unwrap_or_default() {
                if !self.index.contains_key(to) {
                    self.visit(to);
                    self.low.insert(node, self.low[node].min(self.low[to]));
                } else if self.stack.contains(&to) {
                    self.low.insert(node, self.low[node].min(self.index[to]));
                }
            }
            if self.low[node] == at {
                let from = self.stack.iter().position(|n| *n == node).unwrap();
                let mut members = self.stack.split_off(from);
                members.sort_unstable();
                if members.len() > 1 {
                    self.found.push(members.join(" ↔ "));
                }
            }
        }
    }
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in arrows {
        next.entry(from).or_default().push(to);
    }
    let nodes: Vec<&str> = next.keys().copied().collect();
    let mut search = Search { next, index: BTreeMap::new(), low: BTreeMap::new(), stack: vec![], found: vec![] };
    for node in nodes {
        if !search.index.contains_key(node) {
            search.visit(node);
        }
    }
    search.found
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let tree = Tree::of(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::{self, Thing};"),
        ("b/mod.rs", "mod inner; pub struct Thing;"),
        ("b/inner.rs", "fn f() { println!(\"{}\", crate::c::X); }"),
        ("c.rs", "pub const X: u8 = super::a::Y;"),
    ]);
    assert_eq!(circles(&tree.arrows(false)), ["a.rs ↔ b/inner.rs ↔ b/mod.rs ↔ c.rs"]);
}

#[test]
fn what_only_tests_use_is_told_apart() {
    let tree =
        Tree::of(&[("a.rs", "#[cfg(test)] mod tests { use super::super::b::X; }"), ("b.rs", "use crate::a::Y;")]);
    assert!(circles(&tree.arrows(false)).is_empty());
    assert_eq!(circles(&tree.arrows(true)).len(), 1);
}
