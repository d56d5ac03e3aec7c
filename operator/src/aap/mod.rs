//! A client of AAP's controller API (v2) over an injected transport.
//!
//! * `request`: one request and the classification of what came back.
//! * `templates`: which job or workflow template a name means.
//! * `jobs`: launch, poll, cancel.
//! * `find`: jobs whose launch got no answer, and active jobs of an object.
//! * `model`: what is read of AAP's documents, `excerpt` reads no more of them.
//!
//! Redirects are errors, pages other than JSON are errors, and no error shows a body, an address
//! or a credential.

mod excerpt;
mod find;
mod jobs;
mod model;
mod request;
mod templates;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Uri;

use crate::errors::Error;
use crate::secret::Secret;
use crate::settings::Settings;
use crate::{Clock, HttpTransport};

pub use request::retry_after;

/// The client. One for the whole operator.
pub struct Client {
    transport: HttpTransport,
    clock: Arc<dyn Clock>,
    /// The API's address with its version, without a slash at the end.
    base: String,
    token: Secret,
    timeout: Duration,
    skew: Duration,
    templates: Mutex<BTreeMap<String, templates::Template>>,
}

impl Client {
    /// A client for the AAP that the settings name.
    ///
    /// # Errors
    /// Fails if the address is none. It is not shown: it could hold a password.
    pub fn new(
        transport: HttpTransport,
        clock: Arc<dyn Clock>,
        settings: &Settings,
    ) -> Result<Self, Error> {
        let trimmed = settings.aap_url.trim().trim_end_matches('/');
        let trimmed = trimmed.strip_suffix("/v2").unwrap_or(trimmed);
        let bad = || Error::BadSetting { name: "OSAC_AAP_URL", expected: "an http or https URL" };
        let uri: Uri = trimmed.parse().map_err(|_| bad())?;
        let known_scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        if !known_scheme || uri.host().is_none_or(str::is_empty) || uri.query().is_some() {
            return Err(bad());
        }
        Ok(Self {
            transport,
            clock,
            base: format!("{trimmed}/v2"),
            token: settings.aap_token.clone(),
            timeout: settings.http_timeout,
            skew: settings.clock_skew,
            templates: Mutex::new(BTreeMap::new()),
        })
    }
}

#[cfg(test)]
mod tests;
