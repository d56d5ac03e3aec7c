//! Takes the operator's log lines and transition marks into the trace of the world whose thread
//! they come from.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::Once;

use trace::{Happening, LogLine};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::recorder::Recorder;

/// Target of log events that name a row of the operator's transition table.
const TRANSITION: &str = "operator::transition";

thread_local! {
    static CURRENT: RefCell<Option<Recorder>> = const { RefCell::new(None) };
}

/// While it lives, what this thread logs goes to a recorder.
pub struct Capture(());

impl Capture {
    /// Begins; what another library has installed for logging stays and gets nothing from us.
    pub fn begin(recorder: &Recorder) -> Capture {
        // one subscriber for the process that looks for the thread's recorder: a subscriber for
        // each world would make `tracing` rebuild its table of call sites for each world
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(|| {
            let _ = tracing_subscriber::registry().with(ToRecorder).try_init();
        });
        CURRENT.with(|current| *current.borrow_mut() = Some(recorder.clone()));
        Capture(())
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        CURRENT.with(|current| *current.borrow_mut() = None);
    }
}

struct ToRecorder;

impl<S: Subscriber> Layer<S> for ToRecorder {
    fn register_callsite(
        &self,
        metadata: &'static Metadata<'static>,
    ) -> tracing::subscriber::Interest {
        if wanted(metadata) {
            tracing::subscriber::Interest::always()
        } else {
            tracing::subscriber::Interest::never()
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        wanted(metadata)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let recorder = CURRENT.with(|current| current.borrow().clone());
        let Some(recorder) = recorder else { return };
        let mut fields = Fields::default();
        event.record(&mut fields);
        let what = if event.metadata().target() == TRANSITION {
            let Fields { mark, namespace, name, .. } = fields;
            Happening::Mark { mark, object: format!("{namespace}/{name}") }
        } else {
            let level = event.metadata().level().to_string();
            Happening::Log(LogLine { level, text: fields.text() })
        };
        recorder.record(what);
    }
}

fn wanted(metadata: &Metadata<'_>) -> bool {
    metadata.is_event()
        && *metadata.level() <= Level::INFO
        && metadata.target().split("::").next() == Some("operator")
}

#[derive(Default)]
struct Fields {
    message: String,
    mark: String,
    namespace: String,
    name: String,
    others: String,
}

impl Fields {
    fn put(&mut self, field: &Field, text: &str) {
        match field.name() {
            "message" => self.message = text.to_owned(),
            "mark" => self.mark = text.to_owned(),
            other => {
                match other {
                    "namespace" => self.namespace = text.to_owned(),
                    "name" => self.name = text.to_owned(),
                    _ => {}
                }
                let _ = write!(self.others, " {other}={text}");
            }
        }
    }

    fn text(self) -> String {
        self.message + &self.others
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.put(field, &format!("{value:?}"));
    }
}
