//! The one thing a YOLO `data.yaml` is read for: its class names.

/// `names` of a `data.yaml`, in the order of the classes: a list `[a, b]`, a list of `- a` lines, or a map of `0: a`
/// lines or `{0: a, 1: b}`. `None` where there is none that can be read.
pub fn names(text: &str) -> Option<Vec<String>> {
    let mut lines = text.lines().map(without_comment);
    let first = lines.by_ref().find_map(|line| line.strip_prefix("names:").map(|rest| rest.trim().to_owned()))?;
    if !first.is_empty() {
        let mut inline = first;
        // An inline list may go on over several lines.
        while !inline.ends_with([']', '}']) {
            inline.push(' ');
            inline.push_str(lines.next()?.trim());
        }
        return match (inline.strip_prefix('['), inline.strip_prefix('{')) {
            (Some(list), _) => Some(split(list.strip_suffix(']')?).iter().map(|item| unquote(item)).collect()),
            (_, Some(map)) => in_order(split(map.strip_suffix('}')?).iter().map(|entry| pair(entry))),
            _ => None,
        };
    }
    let block: Vec<String> = lines
        .filter(|line| !line.trim().is_empty())
        .take_while(|line| line.starts_with([' ', '\t', '-']))
        .map(|line| line.trim().to_owned())
        .collect();
    if block.iter().all(|line| line.starts_with('-')) {
        let names: Vec<String> = block.iter().map(|line| unquote(line[1..].trim())).collect();
        return (!names.is_empty()).then_some(names);
    }
    in_order(block.iter().map(|line| pair(line)))
}

fn pair(entry: &str) -> Option<(usize, String)> {
    let (number, name) = entry.split_once(':')?;
    Some((unquote(number.trim()).parse().ok()?, unquote(name.trim())))
}

/// Names by number, which must count from 0 without a gap.
fn in_order(entries: impl Iterator<Item = Option<(usize, String)>>) -> Option<Vec<String>> {
    let mut entries: Vec<(usize, String)> = entries.collect::<Option<_>>()?;
    entries.sort();
    let counted = entries.iter().enumerate().all(|(i, (number, _))| i == *number);
    (counted && !entries.is_empty()).then(|| entries.into_iter().map(|(_, name)| name).collect())
}

/// Splits at the commas outside of quotes.
fn split(list: &str) -> Vec<String> {
    let mut quote = None;
    let mut items = vec![String::new()];
    for c in list.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == ',' => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(item) = items.last_mut() {
            item.push(c);
        }
    }
    items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

fn unquote(text: &str) -> String {
    if text.starts_with('"') {
        // YAML's double quotes are JSON's, as far as names go.
        return serde_json::from_str(text).unwrap_or_else(|_| text.trim_matches('"').to_owned());
    }
    match text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) {
        Some(inner) => inner.replace("''", "'"),
        None => text.to_owned(),
    }
}

fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (i, c) in line.char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '#' && before.is_whitespace() => return line[..i].trim_end(),
            _ => {}
        }
        before = c;
    }
    line.trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_common_form_is_read() {
        let expected = Some(vec!["red cell".to_owned(), "b:c".to_owned(), "it's # 1".to_owned()]);
        for text in [
            "path: .\nnames: ['red cell', 'b:c', \"it's # 1\"]  # three\nnc: 3\n",
            "names:\n  - red cell\n  - b:c\n  - 'it''s # 1'\n\nnc: 3\n",
            "names:\n- red cell\n- b:c\n- \"it's # 1\"\n",
            "train: x\nnames:\n  0: red cell\n  2: \"it's # 1\"\n  1: b:c\nother: y\n",
            "names: {0: red cell, 1: 'b:c', 2: \"it's # 1\"}",
            "names: [red cell,\n  b:c,\n  \"it's # 1\"]",
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
    }

    #[test]
    fn what_has_no_names_gives_none() {
        for text in ["", "nc: 3", "names:\n", "names: x", "names:\n  0: a\n  2: c\n", "names: [a"] {
            assert_eq!(names(text), None, "{text}");
        }
    }
}
