//! The table of categories: numbered inside, named outside, so that labels survive a new name; in the order somebody
//! gave them, with pictures that show what belongs to them.

use crate::domain::{COLOURS, Category, Example, limits, name};
use crate::store::error::{Result, StoreError};
use crate::store::index::keys;
use crate::store::index::{Changes, Index};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// All categories, by their stable numbers.
#[derive(Clone, Default)]
pub struct Categories {
    all: BTreeMap<u32, Category>,
    /// Numbers in the order in which they are shown; others come after them, as they were made.
    order: Vec<u32>,
    examples: BTreeMap<u32, Vec<Example>>,
    /// Names that were given up, each with what it led to: models, and phones that were away, still say them.
    former: BTreeMap<String, u32>,
    merged: BTreeMap<u32, u32>,
    /// The highest number ever given out: one that is free again may still be named in labels that can be brought back.
    highest: u32,
}

/// Names of the index's marks for the highest number and for the order.
const HIGHEST: &str = "category";
const ORDER: &str = "order";
/// Categories that can be put in order: their numbers must fit a value of the index.
const ORDERED: usize = 500;

impl Categories {
    pub fn load(index: &Index) -> Result<Self> {
        let mut all = Self::default();
        let (mut read, mut bad) = (Vec::new(), None);
        index.each(keys::CATEGORIES, |key, value| {
            match (number_of(key), serde_json::from_slice(value)) {
                (Some(number), Ok(category)) => read.push((number, category)),
                (_, result) => bad = result.err(),
            }
            true
        })?;
        match bad {
            Some(e) => Err(StoreError::Damaged(format!("a category cannot be read: {e}"))),
            None => {
                for (number, category) in read {
                    let category = all.addressable(number, category);
                    all.insert(number, category);
                }
                all.order = index.mark(ORDER)?.unwrap_or_default();
                index.each(keys::EXAMPLES, |key, value| {
                    if let (Some(number), Ok(examples)) = (number_of(key), serde_json::from_slice(value)) {
                        all.examples.insert(number, examples);
                    }
                    true
                })?;
                index.each(keys::FORMER, |key, value| {
                    let name = key.get(1..).and_then(|name| std::str::from_utf8(name).ok());
                    if let (Some(name), Ok(number)) = (name, serde_json::from_slice(value)) {
                        all.former.insert(name.to_owned(), number);
                    }
                    true
                })?;
                index.each(keys::MERGED, |key, value| {
                    if let (Some(number), Ok(into)) = (number_of(key), serde_json::from_slice(value)) {
                        all.merged.insert(number, into);
                    }
                    true
                })?;
                all.highest = all.highest.max(index.mark(HIGHEST)?.unwrap_or(0));
                Ok(all)
            }
        }
    }

    pub fn by_number(&self, number: u32) -> Option<&Category> {
        self.all.get(&number)
    }

    /// Spelled as it is, else in another way: a store may hold both, from before they were one name.
    pub fn by_name(&self, name: &str) -> Option<(u32, &Category)> {
        let exact = self.all.iter().find(|(_, c)| c.name == name);
        exact.or_else(|| self.all.iter().find(|(_, c)| name::same(&c.name, name))).map(|(n, c)| (*n, c))
    }

    /// By the name that it has, else by one that it had. A name that was given up and given anew is the new one's.
    pub fn ever_named(&self, name: &str) -> Option<(u32, &Category)> {
        let former = || self.former.get(name).or_else(|| self.former.get(name::spelled(name).as_ref()));
        self.by_name(name).or_else(|| self.follow(*former()?))
    }

    /// A category by its number, or what it was merged into.
    fn follow(&self, number: u32) -> Option<(u32, &Category)> {
        let mut at = number;
        // Each step is one merge; a circle (merged, brought back, merged the other way) has one that is there.
        for _ in 0..=self.merged.len() {
            if let Some(category) = self.all.get(&at) {
                return Some((at, category));
            }
            at = *self.merged.get(&at)?;
        }
        None
    }

    pub fn all(&self) -> impl Iterator<Item = &Category> {
        self.numbered().map(|(_, category)| category)
    }

    /// With their numbers, in the order in which they are shown.
    pub fn numbered(&self) -> impl Iterator<Item = (u32, &Category)> {
        let place = |number: u32| self.order.iter().position(|n| *n == number).unwrap_or(usize::MAX);
        let mut all: Vec<_> = self.all.iter().map(|(number, category)| (*number, category)).collect();
        all.sort_by_key(|(number, _)| (place(*number), *number));
        all.into_iter()
    }

    pub fn examples(&self, number: u32) -> &[Example] {
        self.examples.get(&number).map_or(&[], Vec::as_slice)
    }

    /// Here and in the index.
    pub fn put_examples(&mut self, changes: &mut Changes, number: u32, examples: Vec<Example>) -> Result<()> {
        let value = serde_json::to_vec(&examples).map_err(|e| StoreError::Invalid(e.to_string()))?;
        changes.put(keys::examples(number), value);
        self.examples.insert(number, examples);
        Ok(())
    }

    /// The order with one category moved to this place, counted from 0.
    pub fn moved(&self, number: u32, position: usize) -> Result<Vec<u32>> {
        if self.all.len() > ORDERED {
            return Err(StoreError::Invalid(format!("more than {ORDERED} categories can't be put in order")));
        }
        let mut order: Vec<u32> = self.numbered().map(|(n, _)| n).filter(|n| *n != number).collect();
        order.insert(position.min(order.len()), number);
        Ok(order)
    }

    /// Here and in the index.
    pub fn put_order(&mut self, changes: &mut Changes, order: Vec<u32>) -> Result<()> {
        let value = serde_json::to_vec(&order).map_err(|e| StoreError::Invalid(e.to_string()))?;
        changes.put(keys::mark(ORDER), value);
        self.order = order;
        Ok(())
    }

    /// The number of the category that is made next.
    pub fn next_number(&self) -> u32 {
        self.highest + 1
    }

    pub fn insert(&mut self, number: u32, category: Category) {
        self.highest = self.highest.max(number);
        self.all.insert(number, category);
    }

    /// A category under a name that can be part of an address: stores from before that was asked of names may hold others.
    /// What it was called leads to it.
    fn addressable(&mut self, number: u32, category: Category) -> Category {
        if Category::check_name(&category.name).is_ok() {
            return category;
        }
        let mut name = name::nearest(&category.name, *limits::CATEGORY_NAME.end());
        for n in 2.. {
            if self.by_name(&name).is_none_or(|(other, _)| other == number) {
                break;
            }
            name = format!("{} ({n})", name::nearest(&category.name, limits::CATEGORY_NAME.end() - 8));
        }
        self.former.insert(category.name, number);
        Category { name, ..category }
    }

    /// Here and in the index.
    pub fn put(&mut self, changes: &mut Changes, number: u32, category: Category) -> Result<()> {
        let category = self.addressable(number, category);
        for (name, _) in self.former.iter().filter(|(name, n)| **n == number && Category::check_name(name).is_err()) {
            changes.put(keys::former(name), number.to_string().as_bytes());
        }
        let value = serde_json::to_vec(&category).map_err(|e| StoreError::Invalid(e.to_string()))?;
        changes.put(keys::category(number), value);
        let renamed = self.all.get(&number).filter(|old| old.name != category.name).map(|old| old.name.clone());
        if let Some(old) = renamed {
            self.give_up(changes, old, number);
        }
        self.insert(number, category);
        self.remember(changes);
        Ok(())
    }

    fn give_up(&mut self, changes: &mut Changes, name: String, number: u32) {
        changes.put(keys::former(&name), number.to_string().as_bytes());
        self.former.insert(name, number);
    }

    /// What each category that was merged became.
    pub fn merged(&self) -> &BTreeMap<u32, u32> {
        &self.merged
    }

    /// Here and in the index. `into`: what it was merged into, and what leads to it leads to, as long as it is away.
    pub fn remove(&mut self, changes: &mut Changes, number: u32, into: Option<u32>) {
        if let Some(into) = into {
            changes.put(keys::merged(number), into.to_string().as_bytes());
            self.merged.insert(number, into);
        }
        changes.remove(keys::category(number));
        self.highest = self.highest.max(number);
        if let Some(old) = self.all.remove(&number) {
            self.give_up(changes, old.name, number);
        }
        self.remember(changes);
    }

    fn remember(&self, changes: &mut Changes) {
        changes.put(keys::mark(HIGHEST), self.highest.to_string().as_bytes());
    }

    pub fn found(&self, name: &str) -> Result<(u32, Category)> {
        let found = self.by_name(name).map(|(n, c)| (n, c.clone()));
        found.ok_or_else(|| StoreError::NotFound { what: "category", id: name.to_owned() })
    }

    /// Brings a category into its stored form, or says what is wrong with it. `number`: its own, if it has one.
    pub fn checked(&self, mut category: Category, number: Option<u32>) -> Result<Category> {
        category.name = name::spelled(&category.name).into_owned();
        category.check().map_err(StoreError::Invalid)?;
        if let Some((_, other)) = self.all.iter().find(|(n, c)| Some(**n) != number && c.is_named(&category.name)) {
            return Err(StoreError::Conflict(format!("there is a category `{}` already", other.name)));
        }
        if category.colour.is_empty() {
            category.colour = self.next_colour();
        }
        category.colour.make_ascii_lowercase();
        Ok(category)
    }

    /// Brings new categories into their stored form, each under a name of its own.
    pub fn all_checked(&self, new: Vec<Category>) -> Result<Vec<Category>> {
        let mut keys: HashSet<String> = self.all.values().map(Category::key).collect();
        let mut taken: HashMap<String, usize> = HashMap::new();
        self.all.values().for_each(|category| *taken.entry(category.colour.clone()).or_default() += 1);
        let mut checked = Vec::with_capacity(new.len());
        for mut category in new {
            category.name = name::spelled(&category.name).into_owned();
            category.check().map_err(StoreError::Invalid)?;
            if !keys.insert(category.key()) {
                return Err(StoreError::Conflict(format!("there is a category `{}` already", category.name)));
            }
            if category.colour.is_empty() {
                let least = COLOURS.iter().min_by_key(|colour| taken.get(**colour).copied().unwrap_or(0));
                category.colour = least.unwrap_or(&COLOURS[0]).to_string();
            }
            category.colour.make_ascii_lowercase();
            *taken.entry(category.colour.clone()).or_default() += 1;
            checked.push(category);
        }
        Ok(checked)
    }

    /// The first colour that is not taken; the least taken one once all are.
    fn next_colour(&self) -> String {
        let taken = |colour: &&&str| self.all.values().filter(|c| c.colour == ***colour).count();
        COLOURS.iter().min_by_key(taken).copied().unwrap_or(COLOURS[0]).to_owned()
    }
}

fn number_of(key: &[u8]) -> Option<u32> {
    key.get(1..)?.try_into().ok().map(u32::from_be_bytes)
}

/// Numbers of all categories in the index.
pub fn numbers(index: &Index) -> Result<BTreeSet<u32>> {
    let mut all = BTreeSet::new();
    index.each(keys::CATEGORIES, |key, _| {
        all.extend(number_of(key));
        true
    })?;
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LabelKind;

    fn named(name: &str, colour: &str) -> Category {
        Category { name: name.into(), colour: colour.into(), instructions: String::new(), kind: LabelKind::Box }
    }

    #[test]
    fn many_are_checked_as_one_after_the_other() {
        let mut one = Categories::default();
        one.insert(1, named("Café", COLOURS[0]));
        let new: Vec<Category> = (0..30).map(|n| named(&format!("kind {n}"), "")).collect();
        let all = one.all_checked(new.clone()).unwrap();
        for (number, (category, checked)) in (2..).zip(new.into_iter().zip(all)) {
            let alone = one.checked(category, None).unwrap();
            assert_eq!(alone, checked);
            one.insert(number, alone);
        }
        for twice in [["CAFÉ", "x"], ["x", "X"]] {
            let refused = one.all_checked(twice.map(|name| named(name, "")).to_vec());
            assert!(matches!(refused, Err(StoreError::Conflict(_))), "{twice:?}");
        }
    }

    #[test]
    fn names_are_checked_and_unique_whatever_their_case() {
        let mut categories = Categories::default();
        categories.insert(1, named("Café", "#000000"));
        assert!(matches!(categories.checked(named(" a", ""), None), Err(StoreError::Invalid(_))));
        for taken in ["CAFÉ", "Cafe\u{301}"] {
            assert!(matches!(categories.checked(named(taken, ""), None), Err(StoreError::Conflict(_))), "{taken}");
        }
        assert_eq!(categories.checked(named("re\u{301}", ""), None).unwrap().name, "ré");
        assert!(categories.checked(named("CAFÉ", ""), Some(1)).is_ok(), "its own name in another case");
    }

    #[test]
    fn names_from_before_they_were_one_are_found_in_either_spelling() {
        let mut categories = Categories::default();
        categories.insert(1, named("cafe\u{301}", ""));
        assert_eq!(categories.by_name("café").unwrap().0, 1);
        categories.insert(2, named("café", ""));
        assert_eq!(categories.by_name("café").unwrap().0, 2);
        assert_eq!(categories.by_name("cafe\u{301}").unwrap().0, 1);
    }

    #[test]
    fn names_from_before_they_were_part_of_addresses_get_one_and_are_remembered() {
        let (mut categories, mut changes) = (Categories::default(), Changes::default());
        categories.put(&mut changes, 1, named("(..)", "")).unwrap();
        categories.put(&mut changes, 2, named("..", "")).unwrap();
        categories.put(&mut changes, 3, named("tab\there", "")).unwrap();
        let names: Vec<_> = categories.all().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["(..)", "(..) (2)", "tab here"]);
        assert_eq!(categories.ever_named("..").unwrap().0, 2);
        // As it is read in a store opened again, it is the same.
        let other = categories.addressable(2, named("..", ""));
        assert_eq!(other.name, "(..) (2)");
        categories.put(&mut changes, 2, named("dots", "")).unwrap();
        assert_eq!(categories.ever_named("..").unwrap().1.name, "dots");
        assert_eq!(categories.ever_named("(..) (2)").unwrap().1.name, "dots");
    }

    #[test]
    fn colours_are_checked_or_handed_out_each_once() {
        let mut categories = Categories::default();
        for i in 0..COLOURS.len() as u32 {
            let category = categories.checked(named(&i.to_string(), ""), None).unwrap();
            assert_eq!(category.colour, COLOURS[i as usize]);
            categories.insert(i, category);
        }
        assert_eq!(categories.checked(named("one more", ""), None).unwrap().colour, COLOURS[0]);
        assert_eq!(categories.checked(named("own", "#ABCDEF"), None).unwrap().colour, "#abcdef");
        assert!(categories.checked(named("own", "red"), None).is_err());
    }

    #[test]
    fn the_longest_category_fits_a_sled_value() {
        let mut long = named(&"\u{10fffd}".repeat(*limits::CATEGORY_NAME.end()), "");
        long.instructions = "\n".repeat(limits::INSTRUCTIONS);
        let long = Categories::default().checked(long, None).unwrap();
        assert!(serde_json::to_vec(&long).unwrap().len() < 4000);
    }
}
