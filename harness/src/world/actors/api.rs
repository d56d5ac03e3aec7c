//! The few calls that actors and steps make to a Kubernetes API server, over plain JSON.

use http::Method;
use kube::Client;
use serde_json::Value;

/// The collection of a kind that the world knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// `group/version`, or `v1`.
    pub api_version: String,
    /// Plural.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
}

/// Group and version of KubeVirt's kinds.
pub const KUBEVIRT: &str = "kubevirt.io/v1";
/// Group and version of the operator's kinds.
pub const OSAC: &str = "osac.openshift.io/v1alpha1";

/// The collection of a kind.
pub fn resource(api_version: &str, kind: &str) -> Resource {
    let namespaced = !matches!(
        kind,
        "Namespace"
            | "Node"
            | "StorageClass"
            | "ClusterRole"
            | "ClusterRoleBinding"
            | "CustomResourceDefinition"
            | "PersistentVolume"
            | "PriorityClass"
    );
    let lower = kind.to_ascii_lowercase();
    let plural = if let Some(stem) = lower.strip_suffix('y') {
        format!("{stem}ies")
    } else if lower.ends_with('s') {
        format!("{lower}es")
    } else {
        format!("{lower}s")
    };
    Resource { api_version: api_version.to_owned(), plural, namespaced }
}

impl Resource {
    /// The path of the collection, or of one object in it.
    pub fn path(&self, namespace: Option<&str>, name: Option<&str>) -> String {
        let root = if self.api_version.contains('/') { "apis" } else { "api" };
        let mut path = format!("/{root}/{}", self.api_version);
        if let (true, Some(namespace)) = (self.namespaced, namespace) {
            path.push_str("/namespaces/");
            path.push_str(namespace);
        }
        path.push('/');
        path.push_str(&self.plural);
        if let Some(name) = name {
            path.push('/');
            path.push_str(name);
        }
        path
    }
}

/// The body of a patch that is merged into the object (RFC 7386).
pub const MERGE_PATCH: &str = "application/merge-patch+json";

/// Sends a request with a JSON body, if any; the answer's text.
///
/// # Errors
/// Those of the client; a refusal is [`kube::Error::Api`].
async fn send(
    client: &Client,
    method: Method,
    path: &str,
    content_type: &str,
    body: Option<&Value>,
) -> Result<String, kube::Error> {
    let bytes = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header(http::header::CONTENT_TYPE, content_type)
        .header(http::header::ACCEPT, "application/json")
        .body(bytes)
        .map_err(kube::Error::HttpError)?;
    client.request_text(request).await
}

/// Creates an object in a collection; the answer's text, the object as stored.
///
/// # Errors
/// As [`send`].
pub async fn create(client: &Client, path: &str, object: &Value) -> Result<String, kube::Error> {
    send(client, Method::POST, path, "application/json", Some(object)).await
}

/// Reads an object.
///
/// # Errors
/// As [`send`].
pub async fn get(client: &Client, path: &str) -> Result<Value, kube::Error> {
    let text = send(client, Method::GET, path, "application/json", None).await?;
    serde_json::from_str(&text).map_err(kube::Error::SerdeError)
}

/// Replaces an object.
///
/// # Errors
/// As [`send`].
pub async fn replace(client: &Client, path: &str, object: &Value) -> Result<(), kube::Error> {
    send(client, Method::PUT, path, "application/json", Some(object)).await.map(drop)
}

/// Merges a patch into an object.
///
/// # Errors
/// As [`send`].
pub async fn merge(client: &Client, path: &str, patch: &Value) -> Result<(), kube::Error> {
    send(client, Method::PATCH, path, MERGE_PATCH, Some(patch)).await.map(drop)
}

/// Deletes an object.
///
/// # Errors
/// As [`send`].
pub async fn delete(client: &Client, path: &str) -> Result<(), kube::Error> {
    let options = serde_json::json!({"propagationPolicy": "Background"});
    send(client, Method::DELETE, path, "application/json", Some(&options)).await.map(drop)
}

/// Whether a call failed because the object is not there.
pub fn is_absent(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_the_api_conventions() {
        let ci = resource(OSAC, "ComputeInstance");
        assert_eq!(
            ci.path(Some("a"), Some("vm1")),
            "/apis/osac.openshift.io/v1alpha1/namespaces/a/computeinstances/vm1"
        );
        assert_eq!(resource("v1", "Namespace").path(Some("a"), Some("b")), "/api/v1/namespaces/b");
        assert_eq!(resource("v1", "Secret").path(None, None), "/api/v1/secrets");
        assert_eq!(resource("x/v1", "NetworkPolicy").plural, "networkpolicies");
        assert_eq!(resource("x/v1", "StorageClass").plural, "storageclasses");
    }
}
