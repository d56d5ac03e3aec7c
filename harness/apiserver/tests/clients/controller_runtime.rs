//! The program in `tests/controller-runtime` against the server.

use std::path::Path;

use crate::serving::Serving;
use crate::settings;

#[test]
fn a_controller_written_with_controller_runtime_works() {
    let Some(go) = settings::program("go") else {
        println!("skipped: there is no Go toolchain in PATH");
        return;
    };
    let serving = Serving::start("controller-runtime");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/controller-runtime");
    let program = serving.folder.join("probe");
    let (source, out) = (source.to_str().unwrap(), program.to_str().unwrap());
    let built = serving.run(&go, &["build", "-C", source, "-o", out, "."]);
    if built.code != 0 && built.text.contains("module lookup disabled") {
        println!("skipped: its Go modules are not there; `go mod download` in {source} gets them");
        return;
    }
    assert_eq!(built.code, 0, "{}", built.text);
    let ran = serving.run(&program, &[]);
    assert_eq!(ran.code, 0, "{}", ran.text);
    assert!(ran.text.contains("ok\n"), "{}", ran.text);
}
