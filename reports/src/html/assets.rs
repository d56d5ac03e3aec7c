//! What the browser gets beside the run: files of their own, joined here.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::sha256;

/// The style.
pub const STYLE: &str = concat!(
    "\n",
    include_str!("style/theme.css"),
    include_str!("style/overview.css"),
    include_str!("style/timeline.css"),
    include_str!("style/print.css"),
);

/// The script. Its files share one scope; each says what it offers to those after it.
pub const SCRIPT: &str = concat!(
    "\n\"use strict\";\n(() => {\n",
    include_str!("script/dom.js"),
    include_str!("script/words.js"),
    include_str!("script/data.js"),
    include_str!("script/story.js"),
    include_str!("script/diff.js"),
    include_str!("script/scale.js"),
    include_str!("script/lanes.js"),
    include_str!("script/paint.js"),
    include_str!("script/timeline.js"),
    include_str!("script/list.js"),
    include_str!("script/details.js"),
    include_str!("script/source.js"),
    include_str!("script/variant.js"),
    include_str!("script/overview.js"),
    include_str!("script/main.js"),
    "})();\n",
);

/// The policy that lets the browser run and load this script and this style, and nothing else.
pub(super) fn policy() -> String {
    let hash =
        |text: &str| format!("'sha256-{}'", STANDARD.encode(sha256::digest(text.as_bytes())));
    format!(
        "default-src 'none'; script-src {}; style-src {}; img-src data:; base-uri 'none'; \
         form-action 'none'",
        hash(SCRIPT),
        hash(STYLE)
    )
}
