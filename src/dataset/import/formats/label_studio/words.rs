//! The flat form writes a choice and a text that somebody typed alike. What all answers to a question are tells them apart,
//! where that is sure.

use super::task::Said;
use std::collections::{HashMap, HashSet};

/// Questions, and answers of one, that are compared.
const QUESTIONS: usize = 1_000;
const ANSWERS: usize = 1_000;
/// Letters and words of a choice, at most.
const LETTERS: usize = 60;
const WORDS: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Choice,
    /// Somebody typed it.
    Text,
    Unclear,
}

/// All answers, by their question.
#[derive(Default)]
pub struct Words(HashMap<String, Asked>);

#[derive(Default)]
struct Asked {
    answers: usize,
    different: HashSet<String>,
    /// Somewhere it is written as a choice.
    choice: bool,
    sentence: bool,
}

impl Words {
    /// Takes what one task says; answers how many bytes of it are kept.
    pub fn take(&mut self, said: &Said) -> usize {
        let mut held = 0;
        for region in &said.regions {
            let (Some(value), Some(question)) = (region.value(), region.from_name.clone().name()) else { continue };
            if value.word.is_none() && (value.choices.is_empty() || value.is_somewhere()) {
                continue;
            }
            if !self.0.contains_key(&question) && self.0.len() == QUESTIONS {
                continue;
            }
            held += if self.0.contains_key(&question) { 0 } else { question.len() + 160 };
            let asked = self.0.entry(question).or_default();
            asked.choice |= !value.choices.is_empty();
            let Some(word) = &value.word else { continue };
            asked.answers += 1;
            asked.sentence |= word.len() > LETTERS || word.contains('\n') || word.split_whitespace().count() >= WORDS;
            if asked.different.len() < ANSWERS && !asked.sentence && asked.different.insert(word.clone()) {
                held += word.len() + 64;
            }
        }
        held
    }

    pub fn kind(&self, question: &str) -> Kind {
        let Some(Asked { answers, different, choice, sentence }) = self.0.get(question) else { return Kind::Unclear };
        // What its own templates call it.
        let named = ["choice", "choices"].iter().any(|name| question.eq_ignore_ascii_case(name));
        match () {
            () if *choice => Kind::Choice,
            () if *sentence => Kind::Text,
            () if named || *answers >= 3 && different.len() * 2 <= *answers => Kind::Choice,
            () => Kind::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::import::formats::label_studio::task::Task;

    fn kind(question: &str, answers: &[&str]) -> Kind {
        let mut words = Words::default();
        for answer in answers {
            let text = format!("{{\"image\": \"a.jpg\", \"id\": 1, \"{question}\": {answer}, \"annotator\": 1}}");
            words.take(&serde_json::from_str::<Task>(&text).unwrap().latest.unwrap());
        }
        words.kind(question)
    }

    #[test]
    fn only_what_is_surely_a_choice_is_one() {
        assert_eq!(kind("choice", &["\"cat\""]), Kind::Choice);
        assert_eq!(kind("mood", &["\"cat\"", "{\"choices\": [\"cat\", \"dog\"]}"]), Kind::Choice);
        assert_eq!(kind("mood", &["\"good\"", "\"bad\"", "\"bad\"", "\"good\""]), Kind::Choice);
        assert_eq!(kind("mood", &["\"good\"", "\"good\""]), Kind::Unclear);
        assert_eq!(kind("caption", &["\"a cat\"", "\"a dog\"", "\"a cat\""]), Kind::Unclear);
        assert_eq!(kind("caption", &["\"a cat\"", "\"a cat that sits on the mat\""]), Kind::Text);
    }
}
