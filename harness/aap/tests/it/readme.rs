//! The README tells what the code does.

const START: &str = "<!-- modes -->\n";
const END: &str = "<!-- /modes -->";

/// `UPDATE=1 cargo test -p fake-aap` writes the table anew.
#[test]
fn the_table_of_modes_is_the_one_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (before, rest) = text.split_once(START).unwrap();
    let (table, after) = rest.split_once(END).unwrap();
    let expected = fake_aap::modes::markdown();
    if option_env!("UPDATE").is_some() {
        std::fs::write(path, format!("{before}{START}{expected}{END}{after}")).unwrap();
    } else {
        assert_eq!(table, expected, "run again with UPDATE=1");
    }
}
