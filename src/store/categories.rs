//! Categories: numbered inside, named outside, so that labels survive a new name.

use super::core::{Core, locked};
use super::index::keys;
use super::index::{Changes, Index};
use super::journal::Entry as Logged;
use super::{CategoryPatch, Result, StoreError};
use crate::domain::Category;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

/// Told apart by people with the common colour blindnesses: Okabe and Ito, "Color Universal Design" (2008), without
/// black, then Paul Tol's "muted" scheme.
const PALETTE: [&str; 14] = [
    "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#332288", "#88ccee", "#44aa99",
    "#117733", "#999933", "#882255", "#aa4499",
];
/// Characters of a name.
const MAX_NAME: usize = 64;
/// Bytes of the instructions: with the rest, a sled value must stay under 4 KB even where JSON escapes every character.
const MAX_INSTRUCTIONS: usize = 1500;

/// All categories, by their stable numbers, which are in the order they were made.
#[derive(Default)]
pub(super) struct Categories(BTreeMap<u32, Category>);

impl Categories {
    pub fn load(index: &Index) -> Result<Self> {
        let mut all = Self::default();
        let mut bad = None;
        index.each(keys::CATEGORIES, |key, value| {
            match (number_of(key), serde_json::from_slice(value)) {
                (Some(number), Ok(category)) => drop(all.0.insert(number, category)),
                (_, result) => bad = result.err(),
            }
            true
        })?;
        match bad {
            Some(e) => Err(StoreError::Damaged(format!("a category cannot be read: {e}"))),
            None => Ok(all),
        }
    }

    pub fn by_number(&self, number: u32) -> Option<&Category> {
        self.0.get(&number)
    }

    pub fn by_name(&self, name: &str) -> Option<(u32, &Category)> {
        self.0.iter().find(|(_, c)| c.name == name).map(|(n, c)| (*n, c))
    }

    pub fn all(&self) -> impl Iterator<Item = &Category> {
        self.0.values()
    }

    pub fn insert(&mut self, number: u32, category: Category) {
        self.0.insert(number, category);
    }

    /// Here and in the index.
    pub fn put(&mut self, changes: &mut Changes, number: u32, category: Category) -> Result<()> {
        let value = serde_json::to_vec(&category).map_err(|e| StoreError::Invalid(e.to_string()))?;
        changes.put(keys::category(number), value);
        self.insert(number, category);
        Ok(())
    }

    /// Here and in the index.
    pub fn remove(&mut self, changes: &mut Changes, number: u32) {
        changes.remove(keys::category(number));
        self.0.remove(&number);
    }

    fn found(&self, name: &str) -> Result<(u32, Category)> {
        let found = self.by_name(name).map(|(n, c)| (n, c.clone()));
        found.ok_or_else(|| StoreError::NotFound { what: "category", id: name.to_owned() })
    }

    /// Brings a category into its stored form, or says what is wrong with it. `number`: its own, if it has one.
    fn checked(&self, mut category: Category, number: Option<u32>) -> Result<Category> {
        let refuse = |text: String| Err(StoreError::Invalid(text));
        let name = &category.name;
        let length = name.chars().count();
        if !(1..=MAX_NAME).contains(&length) {
            return refuse(format!("a category's name has 1 to {MAX_NAME} characters, not {length}"));
        }
        if name.chars().any(char::is_control) || name.trim() != name {
            return refuse(format!("the name {name:?} must not hold control characters nor begin or end with a space"));
        }
        let lower = name.to_lowercase();
        if let Some((_, other)) = self.0.iter().find(|(n, c)| Some(**n) != number && c.name.to_lowercase() == lower) {
            return Err(StoreError::Conflict(format!("there is a category `{}` already", other.name)));
        }
        if category.instructions.len() > MAX_INSTRUCTIONS {
            let text =
                format!("instructions have at most {MAX_INSTRUCTIONS} bytes, not {}", category.instructions.len());
            return refuse(text);
        }
        if category.instructions.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return refuse("instructions must not hold control characters other than line ends and tabs".into());
        }
        if category.colour.is_empty() {
            category.colour = self.next_colour();
        }
        let digits = category.colour.strip_prefix('#').unwrap_or_default();
        if digits.len() != 6 || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return refuse(format!(
                "the colour `{}` is not of the form #rrggbb; leave it empty to get one",
                category.colour
            ));
        }
        category.colour.make_ascii_lowercase();
        Ok(category)
    }

    /// The first of the palette that is not taken; the least taken one once all are.
    fn next_colour(&self) -> String {
        let taken = |colour: &&&str| self.0.values().filter(|c| c.colour == ***colour).count();
        // The palette is not empty, so there is a least taken one; of equals, the first.
        PALETTE.iter().min_by_key(taken).copied().unwrap_or("#e69f00").to_owned()
    }
}

/// Numbers of all categories in the index.
pub(super) fn numbers(index: &Index) -> Result<BTreeSet<u32>> {
    let mut all = BTreeSet::new();
    index.each(keys::CATEGORIES, |key, _| {
        all.extend(number_of(key));
        true
    })?;
    Ok(all)
}

fn number_of(key: &[u8]) -> Option<u32> {
    key.get(1..)?.try_into().ok().map(u32::from_be_bytes)
}

impl Core {
    pub fn categories(&self) -> Vec<Category> {
        self.categories.read().unwrap_or_else(PoisonError::into_inner).all().cloned().collect()
    }

    pub fn add_category(&self, category: Category) -> Result<Category> {
        let mut journal = locked(&self.journal);
        let mut categories = self.categories.write().unwrap_or_else(PoisonError::into_inner);
        let category = categories.checked(category, None)?;
        let number = categories.0.last_key_value().map_or(1, |(n, _)| n + 1);
        journal.append(&Logged::Category { number, category: category.clone() })?;
        let mut changes = Changes::default();
        categories.put(&mut changes, number, category.clone())?;
        self.index.apply(changes)?;
        self.dirty();
        Ok(category)
    }

    pub fn patch_category(&self, name: &str, patch: CategoryPatch) -> Result<Category> {
        let mut journal = locked(&self.journal);
        let mut categories = self.categories.write().unwrap_or_else(PoisonError::into_inner);
        let (number, old) = categories.found(name)?;
        let CategoryPatch { name, colour, instructions, kind } = patch;
        if kind.is_some_and(|k| k != old.kind) {
            self.unused(number, &old.name, "its kind cannot change")?;
        }
        let category = Category {
            name: name.unwrap_or(old.name),
            colour: colour.unwrap_or(old.colour),
            instructions: instructions.unwrap_or(old.instructions),
            kind: kind.unwrap_or(old.kind),
        };
        let category = categories.checked(category, Some(number))?;
        journal.append(&Logged::Category { number, category: category.clone() })?;
        let mut changes = Changes::default();
        categories.put(&mut changes, number, category.clone())?;
        self.index.apply(changes)?;
        self.dirty();
        Ok(category)
    }

    pub fn delete_category(&self, name: &str) -> Result<()> {
        let mut journal = locked(&self.journal);
        let mut categories = self.categories.write().unwrap_or_else(PoisonError::into_inner);
        let (number, old) = categories.found(name)?;
        self.unused(number, &old.name, "it cannot be deleted")?;
        journal.append(&Logged::CategoryRemoved { number })?;
        let mut changes = Changes::default();
        categories.remove(&mut changes, number);
        self.index.apply(changes)?;
        self.dirty();
        Ok(())
    }

    fn unused(&self, number: u32, name: &str, so: &str) -> Result<()> {
        let mut frames = 0;
        self.index.each(&keys::of_category(number), |_, _| {
            frames += 1;
            true
        })?;
        match frames {
            0 => Ok(()),
            n => Err(StoreError::Conflict(format!(
                "`{name}` has labels in {n} frame{}, so {so}: remove those labels first",
                if n == 1 { "" } else { "s" }
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelKind;

    fn named(name: &str, colour: &str) -> Category {
        Category { name: name.into(), colour: colour.into(), instructions: String::new(), kind: LabelKind::Box }
    }

    #[test]
    fn names_are_bounded_printable_and_unique_whatever_their_case() {
        let mut categories = Categories::default();
        categories.insert(1, named("Café", "#000000"));
        for bad in ["", "a\nb", " a", "a ", &"x".repeat(65)] {
            assert!(matches!(categories.checked(named(bad, ""), None), Err(StoreError::Invalid(_))), "{bad:?}");
        }
        assert!(matches!(categories.checked(named("CAFÉ", ""), None), Err(StoreError::Conflict(_))));
        assert!(categories.checked(named("CAFÉ", ""), Some(1)).is_ok(), "its own name in another case");
        assert!(categories.checked(named(&"é".repeat(64), ""), None).is_ok());
    }

    #[test]
    fn colours_are_checked_or_handed_out_each_once() {
        let mut categories = Categories::default();
        for i in 0..PALETTE.len() as u32 {
            let category = categories.checked(named(&i.to_string(), ""), None).unwrap();
            assert_eq!(category.colour, PALETTE[i as usize]);
            categories.insert(i, category);
        }
        assert_eq!(categories.checked(named("one more", ""), None).unwrap().colour, PALETTE[0]);
        assert_eq!(categories.checked(named("own", "#ABCDEF"), None).unwrap().colour, "#abcdef");
        for bad in ["red", "#12345", "#1234567", "#12345g"] {
            assert!(categories.checked(named("own", bad), None).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_longest_category_fits_a_sled_value() {
        let mut long = named(&"\u{10ffff}".repeat(64), "");
        long.instructions = "\n".repeat(MAX_INSTRUCTIONS);
        let long = Categories::default().checked(long, None).unwrap();
        assert!(serde_json::to_vec(&long).unwrap().len() < 4000);
    }
}
