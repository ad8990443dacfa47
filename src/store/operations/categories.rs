//! Adding, changing, merging and deleting categories: journal first, then index.

use crate::domain::{Category, Example, Who, limits, name};
use crate::store::api::{CategoryCard, CategoryGone, CategoryPatch, CategoryUse};
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::index::{Changes, keys};
use crate::store::journal::{Journal, Logged, StoredLabel, StoredLabels};
use crate::store::tables::categories::Categories;
use crate::store::tables::models::StoredModel;
use crate::store::tables::undo::Part;
use jiff::Timestamp;

impl Core {
    pub fn categories(&self) -> Vec<Category> {
        self.categories.read().all().cloned().collect()
    }

    pub fn category_now(&self, name: &str) -> Option<Category> {
        self.categories.read().ever_named(name).map(|(_, category)| category.clone())
    }

    /// A name as the category that bears it spells it.
    pub fn spelled(&self, name: &str) -> String {
        let bearer = self.categories.read().by_name(name).map(|(_, category)| category.name.clone());
        bearer.unwrap_or_else(|| name::spelled(name).into_owned())
    }

    pub fn add_category(&self, category: Category) -> Result<Category> {
        let mut journal = self.journal()?;
        let categories = self.categories.read().clone();
        let category = categories.checked(category, None)?;
        let number = categories.next_number();
        self.put_category(&mut journal, categories, number, category)
    }

    /// All of them, or none: one record in the journal, and one look at the names that are there.
    pub fn add_categories(&self, new: Vec<Category>) -> Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        let mut journal = self.journal()?;
        let mut categories = self.categories.read().clone();
        let all = categories.all_checked(new)?;
        let first = categories.next_number();
        let logged = |(number, category): (u32, &Category)| Logged::Category { number, category: category.clone() };
        let entries: Vec<Logged> = (first..).zip(&all).map(logged).collect();
        journal.append_all(&entries)?;
        let mut changes = Changes::default();
        for (number, category) in (first..).zip(all) {
            categories.put(&mut changes, number, category)?;
        }
        *self.categories.write() = categories;
        self.follow(changes)?;
        self.dirty();
        Ok(())
    }

    pub fn category_cards(&self) -> Vec<CategoryCard> {
        let categories = self.categories.read();
        let card = |(number, category): (u32, &Category)| CategoryCard {
            category: category.clone(),
            examples: categories.examples(number).to_vec(),
        };
        categories.numbered().map(card).collect()
    }

    pub fn patch_category(&self, name: &str, patch: CategoryPatch) -> Result<Category> {
        let mut journal = self.journal()?;
        let examples = patch.examples.map(|examples| self.checked_examples(examples)).transpose()?;
        let mut categories = self.categories.read().clone();
        let (number, old) = categories.found(name)?;
        let CategoryPatch { name, colour, instructions, kind, position, .. } = patch;
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
        let order = position.map(|position| categories.moved(number, position)).transpose()?;
        let mut entries = vec![Logged::Category { number, category: category.clone() }];
        entries.extend(examples.clone().map(|examples| Logged::Examples { number, examples }));
        entries.extend(order.clone().map(Logged::Order));
        journal.append_all(&entries)?;
        let mut changes = Changes::default();
        categories.put(&mut changes, number, category.clone())?;
        if let Some(examples) = examples {
            categories.put_examples(&mut changes, number, examples)?;
        }
        if let Some(order) = order {
            categories.put_order(&mut changes, order)?;
        }
        *self.categories.write() = categories;
        self.follow(changes)?;
        self.dirty();
        Ok(category)
    }

    /// Examples of frames that are there, their boxes inside, to a tenth of a pixel.
    fn checked_examples(&self, mut examples: Vec<Example>) -> Result<Vec<Example>> {
        if examples.len() > limits::EXAMPLES {
            let text = format!("{} examples are too many: a category has at most {}", examples.len(), limits::EXAMPLES);
            return Err(StoreError::Invalid(text));
        }
        for (i, example) in examples.iter_mut().enumerate() {
            let wrong = |text: String| StoreError::Invalid(format!("example {}: {text}", i + 1));
            let entry = self.index.entry(example.frame)?;
            let entry = entry.ok_or_else(|| wrong(format!("there is no frame {}", example.frame)))?;
            let bbox = example.bbox.clip_to((entry.meta.width, entry.meta.height), limits::OVERHANG);
            let sides: [f32; 4] = bbox.map_err(|e| wrong(e.to_string()))?.into();
            example.bbox = sides.map(|side| (side * 10.0).round() / 10.0).into();
        }
        Ok(examples)
    }

    /// Stores a category that has been checked, beside these. Readers see those before until it is on disk.
    pub fn put_category(
        &self,
        journal: &mut Journal,
        mut categories: Categories,
        number: u32,
        category: Category,
    ) -> Result<Category> {
        journal.append(&Logged::Category { number, category: category.clone() })?;
        let mut changes = Changes::default();
        categories.put(&mut changes, number, category.clone())?;
        *self.categories.write() = categories;
        self.follow(changes)?;
        self.dirty();
        Ok(category)
    }

    pub fn category_use(&self, name: &str) -> Result<CategoryUse> {
        let (number, _) = self.categories.read().found(name)?;
        let mut labels = 0;
        for id in self.index.frames_under(&keys::of_category(number))? {
            let Some(entry) = self.index.entry(id)? else { continue };
            match self.stored_labels(id, &entry) {
                Err(StoreError::Damaged(_)) => {}
                read => labels += of(number, &read?),
            }
        }
        let categories = self.categories.read();
        let frames = self.index.counts(|counts| counts.categories.get(&number).copied().unwrap_or(0));
        let models = self.models.lock();
        let of_it = |c: &Category| categories.ever_named(&c.name).is_some_and(|(n, _)| n == number);
        let knows = |stored: &&StoredModel| stored.model.categories.iter().any(of_it);
        Ok(CategoryUse { frames, labels, models: models.all.values().filter(knows).count() as u64 })
    }

    /// Makes every label of one category one of another of its kind; then it is gone.
    pub fn merge_category(&self, who: &Who, name: &str, into: &str) -> Result<CategoryGone> {
        let mut journal = self.journal()?;
        let ((number, old), (target, new)) = {
            let categories = self.categories.read();
            (categories.found(name)?, categories.found(into)?)
        };
        if number == target {
            return Err(StoreError::Invalid(format!("`{name}` can't be merged into itself")));
        }
        if old.kind != new.kind {
            return Err(StoreError::Invalid(format!(
                "`{name}` and `{into}` are of different kinds: only categories of one kind can be merged"
            )));
        }
        let what = format!("merged `{name}` into `{into}`");
        self.take_category(&mut journal, who, what, (number, old), Some(target), |labels| {
            let tagged = |l: &StoredLabel| l.category == target && l.bbox.is_none();
            let twice = labels.labels.iter().any(tagged);
            // A tag is there or not; twice is once.
            labels.labels.retain(|l| !(twice && l.category == number && l.bbox.is_none()));
            labels.labels.iter_mut().filter(|l| l.category == number).for_each(|l| l.category = target);
            labels.rejected.iter_mut().filter(|r| r.category == number).for_each(|r| r.category = target);
        })
    }

    /// Removes a category; with its labels, or only if there are none.
    pub fn delete_category(&self, who: &Who, name: &str, with_labels: bool) -> Result<CategoryGone> {
        let mut journal = self.journal()?;
        let (number, old) = self.categories.read().found(name)?;
        if !with_labels {
            self.unused(number, &old.name, "it cannot be deleted alone")?;
        }
        let what = format!("removed the category `{name}`");
        self.take_category(&mut journal, who, what, (number, old), None, |labels| {
            labels.labels.retain(|l| l.category != number);
        })
    }

    /// Changes the labels of all frames that have some of a category, then removes it; with one way back. `into`: what the
    /// category becomes, if anything.
    fn take_category(
        &self,
        journal: &mut Journal,
        who: &Who,
        what: String,
        (number, category): (u32, Category),
        into: Option<u32>,
        change: impl Fn(&mut StoredLabels),
    ) -> Result<CategoryGone> {
        let (mut writes, mut frames, mut count) = (Vec::new(), Vec::new(), 0);
        for id in self.index.frames_under(&keys::of_category(number))? {
            let Some(entry) = self.index.entry(id)? else { continue };
            let mut labels = match self.stored_labels(id, &entry) {
                // Nobody can change them, and they are in nobody's way.
                Err(StoreError::Damaged(_)) => continue,
                read => read?,
            };
            count += of(number, &labels);
            change(&mut labels);
            (labels.revision, labels.updated) = (entry.revision + 1, Timestamp::now());
            frames.push(id);
            writes.push((entry, labels));
        }
        let undo = self.relabel(journal, who, what, vec![Part::Category { number, category }], writes)?;
        journal.append(&Logged::CategoryRemoved { number, into })?;
        let mut changes = Changes::default();
        self.categories.write().remove(&mut changes, number, into);
        self.follow(changes)?;
        self.dirty();
        Ok(CategoryGone { frames, labels: count, undo })
    }

    /// Brings a category back under its number; answers whether it was away. Where its name was given to another one
    /// meanwhile, it gets a number behind its own.
    pub fn restore_category(&self, number: u32, mut category: Category) -> Result<bool> {
        if Category::check_name(&category.name).is_err() {
            // It went before that was asked of names.
            category.name = name::nearest(&category.name, *limits::CATEGORY_NAME.end());
        }
        let mut journal = self.journal()?;
        let categories = self.categories.read().clone();
        if categories.by_number(number).is_some() {
            return Ok(false);
        }
        let name = category.name.clone();
        for n in 2.. {
            match categories.checked(category.clone(), None) {
                Err(StoreError::Conflict(_)) => {
                    let short: String = name.chars().take(*limits::CATEGORY_NAME.end() - 8).collect();
                    category.name = format!("{} ({n})", short.trim_end());
                }
                checked => {
                    self.put_category(&mut journal, categories, number, checked?)?;
                    break;
                }
            }
        }
        Ok(true)
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
                "`{name}` has labels in {n} frame{}, so {so}: remove those labels first, or with it",
                if n == 1 { "" } else { "s" }
            ))),
        }
    }
}

/// Labels of a category among these.
fn of(number: u32, labels: &StoredLabels) -> u64 {
    labels.labels.iter().filter(|label| label.category == number).count() as u64
}
