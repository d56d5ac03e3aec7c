//! The file that tells clients where a server is and who they are.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a kubeconfig says: one cluster, one user, and the context of both.
#[derive(Clone)]
pub struct Kubeconfig<'a> {
    /// Name of the cluster.
    pub cluster: &'a str,
    /// Name of the context.
    pub context: &'a str,
    /// Name of the user.
    pub user: &'a str,
    /// Where the server is: `https://127.0.0.1:6443`.
    pub server: &'a str,
    /// The certificate of the server's authority in PEM, if it speaks TLS.
    pub authority_pem: Option<&'a str>,
    /// The user's bearer token.
    pub token: Option<&'a str>,
    /// Namespace of requests that name none.
    pub namespace: &'a str,
}

impl Kubeconfig<'_> {
    /// The text of the file, in YAML. It holds the token: keep it from others.
    pub fn to_yaml(&self) -> String {
        let mut text = format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: {}\n  cluster:\n    server: {}\n",
            quoted(self.cluster),
            quoted(self.server),
        );
        if let Some(pem) = self.authority_pem {
            text += &format!("    certificate-authority-data: {}\n", STANDARD.encode(pem));
        }
        text += &format!(
            "contexts:\n- name: {}\n  context:\n    cluster: {}\n    user: {}\n    namespace: {}\n",
            quoted(self.context),
            quoted(self.cluster),
            quoted(self.user),
            quoted(self.namespace),
        );
        text += &format!("current-context: {}\n", quoted(self.context));
        text += &format!("users:\n- name: {}\n", quoted(self.user));
        match self.token {
            Some(token) => text += &format!("  user:\n    token: {}\n", quoted(token)),
            None => text += "  user: {}\n",
        }
        text
    }
}

impl fmt::Debug for Kubeconfig<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kubeconfig").field("server", &self.server).finish_non_exhaustive()
    }
}

/// Any text as one value: a string of JSON is one of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn it_is_yaml_whatever_the_names_are() {
        let config = Kubeconfig {
            cluster: "a: b",
            context: "it's \"here\"",
            user: "# me",
            server: "https://127.0.0.1:1",
            authority_pem: Some("PEM\n"),
            token: Some("t: #"),
            namespace: "default",
        };
        let found: Value = serde_saphyr::from_str(&config.to_yaml()).unwrap();
        assert_eq!(found["current-context"], "it's \"here\"");
        assert_eq!(found["users"], json!([{"name": "# me", "user": {"token": "t: #"}}]));
        assert_eq!(found["clusters"][0]["cluster"]["certificate-authority-data"], "UEVNCg==");
        assert_eq!(found["contexts"][0]["context"]["cluster"], "a: b");
        assert!(!format!("{config:?}").contains("t: #"));
    }
}
