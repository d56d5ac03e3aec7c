//! Acting as somebody else: the headers `Impersonate-*`.

use http::HeaderMap;

use super::user::{ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED, User, account_groups, account_of};
use crate::request;
use crate::status::{ApiError, Result};

const USER: &str = "impersonate-user";
const GROUP: &str = "impersonate-group";
const UID: &str = "impersonate-uid";
const EXTRA: &str = "impersonate-extra-";

/// The user that a request acts as; none if it acts as itself.
pub(crate) fn impersonated(headers: &HeaderMap) -> Result<Option<User>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let given = headers.get_all(GROUP).iter();
    let groups: Vec<String> =
        given.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect();
    let mut user = User { uid: text(UID).unwrap_or_default().to_owned(), ..User::default() };
    for (name, value) in headers {
        let (Some(key), Ok(value)) = (name.as_str().strip_prefix(EXTRA), value.to_str()) else {
            continue;
        };
        let key = request::decode(key, false).unwrap_or_else(|| key.to_owned());
        user.extra.entry(key).or_default().push(value.to_owned());
    }
    let Some(name) = text(USER).filter(|name| !name.is_empty()) else {
        if groups.is_empty() && user.extra.is_empty() && user.uid.is_empty() {
            return Ok(None);
        }
        let mut asked = groups;
        asked.extend(user.extra.into_values().flatten());
        asked.extend((!user.uid.is_empty()).then_some(user.uid));
        let asked = asked.join(" ");
        let message = format!("requested [{asked}] without impersonating a user");
        return Err(ApiError::bad_request(message));
    };
    user.groups = match account_of(name) {
        Some((namespace, _)) if groups.is_empty() => account_groups(namespace),
        _ => groups,
    };
    let all = if name == ANONYMOUS { UNAUTHENTICATED } else { AUTHENTICATED };
    if !user.groups.iter().any(|group| group == all || group == UNAUTHENTICATED) {
        user.groups.push(all.to_owned());
    }
    name.clone_into(&mut user.name);
    Ok(Some(user))
}

/// Takes the headers out of a request that has been understood.
pub(super) fn remove(headers: &mut HeaderMap) {
    let names: Vec<_> = headers.keys().filter(|name| is_ours(name.as_str())).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

fn is_ours(name: &str) -> bool {
    matches!(name, USER | GROUP | UID) || name.starts_with(EXTRA)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn found(pairs: &[(&'static str, &'static str)]) -> Result<Option<User>> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let user = impersonated(&headers);
        remove(&mut headers);
        assert!(headers.is_empty());
        user
    }

    #[test]
    fn the_groups_follow_from_the_name_unless_they_are_given() {
        let groups = |pairs: &[_]| found(pairs).unwrap().unwrap().groups;
        assert_eq!(groups(&[(USER, "jane")]), [AUTHENTICATED]);
        assert_eq!(groups(&[(USER, ANONYMOUS)]), [UNAUTHENTICATED]);
        assert_eq!(
            groups(&[(USER, "jane"), (GROUP, "a"), (GROUP, "b")]),
            ["a", "b", AUTHENTICATED]
        );
        let account = "system:serviceaccount:ns:x";
        let of_account = ["system:serviceaccounts", "system:serviceaccounts:ns", AUTHENTICATED];
        assert_eq!(groups(&[(USER, account)]), of_account);
        assert_eq!(groups(&[(USER, account), (GROUP, "a")]), ["a", AUTHENTICATED]);
    }

    #[test]
    fn uid_and_extra_are_taken_over() {
        let pairs = [(USER, "jane"), (UID, "1"), ("impersonate-extra-a%2fb", "c")];
        let user = found(&pairs).unwrap().unwrap();
        assert_eq!((user.uid.as_str(), &user.extra["a/b"]), ("1", &vec!["c".to_owned()]));
    }

    #[test]
    fn nobody_acts_as_a_group_alone() {
        assert_eq!(found(&[]), Ok(None));
        let error = found(&[(GROUP, "a")]).unwrap_err();
        assert_eq!(error.code(), 400);
        assert_eq!(error.message(), "requested [a] without impersonating a user");
    }
}
