//! What was deleted and can be brought back, for `check`: whether it would come back whole.

use crate::domain::TrainingId;
use crate::store::api::CheckReport;
use crate::store::core::Core;
use crate::store::error::{Result, StoreError};
use crate::store::tables;
use std::path::Path;

impl Core {
    /// Damage to it is a note: nothing that is in use is harmed.
    pub fn check_away(&self, report: &mut CheckReport) -> Result<()> {
        for folder in ["trainings", "models"].map(|folder| self.dir.join(folder)) {
            for path in self.files.list(&folder)? {
                if path.extension().is_none_or(|end| end != "deleted") {
                    continue;
                }
                let wrong = match self.files.is_folder(&path)? {
                    true => self.check_away_training(&path)?,
                    false => self.check_away_model(&path)?,
                };
                let say = |why| format!("{}, which was deleted, can't come back whole: {why}", path.display());
                report.notes.extend(wrong.map(say));
            }
        }
        Ok(())
    }

    fn check_away_training(&self, folder: &Path) -> Result<Option<String>> {
        let Some(id) = folder.file_stem().and_then(|id| id.to_str()?.parse::<TrainingId>().ok()) else {
            return Ok(None);
        };
        let epochs = match self.training_in(folder, id) {
            Ok(training) => training.epoch,
            Err(StoreError::NotFound { .. }) => return Ok(Some("its record is gone".into())),
            Err(StoreError::Damaged(why)) => return Ok(Some(why)),
            Err(error) => return Err(error),
        };
        let mut found = CheckReport::default();
        self.check_pages(&mut found, id, folder, epochs)?;
        Ok([found.problems, found.notes].concat().into_iter().next())
    }

    fn check_away_model(&self, record: &Path) -> Result<Option<String>> {
        match tables::models::read(&self.files, record) {
            Ok(stored) => self.check_onnx(&stored.model, record),
            Err(StoreError::Damaged(why)) => Ok(Some(why)),
            Err(error) => Err(error),
        }
    }
}
