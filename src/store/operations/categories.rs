//! Adding, changing and deleting categories: journal first, then index.

use crate::domain::{Category, limits};
use crate::store::api::CategoryPatch;
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::index::{Changes, keys};
use crate::store::journal::{Journal, Logged};
use crate::store::tables::categories::Categories;

impl Core {
    pub fn categories(&self) -> Vec<Category> {
        self.categories.read().all().cloned().collect()
    }

    pub fn add_category(&self, category: Category) -> Result<Category> {
        let mut journal = self.journal.lock();
        let mut categories = self.categories.write();
        let category = categories.checked(category, None)?;
        let number = categories.next_number();
        self.put_category(&mut journal, &mut categories, number, category)
    }

    pub fn patch_category(&self, name: &str, patch: CategoryPatch) -> Result<Category> {
        let mut journal = self.journal.lock();
        let mut categories = self.categories.write();
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
        self.put_category(&mut journal, &mut categories, number, category)
    }

    /// Stores a category that has been checked.
    fn put_category(
        &self,
        journal: &mut Journal,
        categories: &mut Categories,
        number: u32,
        category: Category,
    ) -> Result<Category> {
        journal.append(&Logged::Category { number, category: category.clone() })?;
        let mut changes = Changes::default();
        categories.put(&mut changes, number, category.clone())?;
        self.index.apply(changes)?;
        self.dirty();
        Ok(category)
    }

    pub fn delete_category(&self, name: &str) -> Result<()> {
        let mut journal = self.journal.lock();
        let mut categories = self.categories.write();
        let (number, old) = categories.found(name)?;
        self.unused(number, &old.name, "it cannot be deleted")?;
        journal.append(&Logged::CategoryRemoved { number })?;
        let mut changes = Changes::default();
        categories.remove(&mut changes, number);
        self.index.apply(changes)?;
        self.dirty();
        Ok(())
    }

    /// Brings a category back under its number; answers whether it was away. Where its name was given to another one
    /// meanwhile, it gets a number behind its own.
    pub fn restore_category(&self, number: u32, mut category: Category) -> Result<bool> {
        let mut journal = self.journal.lock();
        let mut categories = self.categories.write();
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
                    self.put_category(&mut journal, &mut categories, number, checked?)?;
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
                "`{name}` has labels in {n} frame{}, so {so}: remove those labels first",
                if n == 1 { "" } else { "s" }
            ))),
        }
    }
}
