//! Reads the map of the code: a table whose first column names modules.

/// A row: the modules that it speaks of.
pub struct Row {
    pub modules: Vec<String>,
}

/// The rows of the first table of a text, with or without the marks of a module document.
pub fn rows(text: &str) -> Vec<Row> {
    let lines = text.lines().map(|line| line.trim_start_matches("//!").trim());
    let mut rows = vec![];
    for line in lines.skip_while(|line| !line.starts_with("| ---")).skip(1).take_while(|line| line.starts_with('|')) {
        let first = line.split('|').nth(1).unwrap_or_default();
        // Names stand between backticks.
        let modules = first.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        rows.push(Row { modules });
    }
    rows
}

#[test]
fn a_table_gives_its_modules_in_order() {
    let found = rows(
        "//! text\n//!\n//! | module | what |\n//! | --- | --- |\n//! | [`a`], [`b`] | x |\n//! | `c` | y `d` |\n",
    );
    let modules: Vec<_> = found.iter().flat_map(|r| &r.modules).collect();
    assert_eq!(modules, ["a", "b", "c"]);
}
