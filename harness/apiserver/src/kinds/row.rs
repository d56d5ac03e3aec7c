//! What a row of the table of built-in kinds says.

pub(crate) const ALL_VERBS: &[&str] =
    &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

/// One row of the table of built-in kinds.
#[derive(Debug)]
pub(crate) struct Builtin {
    pub group: &'static str,
    pub version: &'static str,
    pub plural: &'static str,
    pub singular: &'static str,
    pub kind: &'static str,
    pub namespaced: bool,
    pub verbs: &'static [&'static str],
    pub short: &'static [&'static str],
    pub categories: &'static [&'static str],
    pub status: bool,
    pub scale: bool,
    pub subs: &'static [Sub],
    /// Changes of the spec are counted in `metadata.generation`.
    pub generation: bool,
    /// An update must carry a resourceVersion.
    pub conditional: bool,
    /// A PUT of an absent object creates it.
    pub upserts: bool,
}

/// A subresource other than status and scale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sub {
    pub name: &'static str,
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    pub verbs: &'static [&'static str],
}

pub(super) const fn sub(
    name: &'static str,
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    verbs: &'static [&'static str],
) -> Sub {
    Sub { name, group, version, kind, verbs }
}

pub(super) const fn namespaced(
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    singular: &'static str,
    kind: &'static str,
) -> Builtin {
    Builtin {
        group,
        version,
        plural,
        singular,
        kind,
        namespaced: true,
        verbs: ALL_VERBS,
        short: &[],
        categories: &[],
        status: false,
        scale: false,
        subs: &[],
        generation: false,
        conditional: false,
        upserts: false,
    }
}

pub(super) const fn cluster(
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    singular: &'static str,
    kind: &'static str,
) -> Builtin {
    let mut row = namespaced(group, version, plural, singular, kind);
    row.namespaced = false;
    row
}

impl Builtin {
    pub(super) const fn verbs(mut self, verbs: &'static [&'static str]) -> Self {
        self.verbs = verbs;
        self
    }

    /// Nothing is stored: the answer is computed.
    pub(super) const fn review(self) -> Self {
        self.verbs(&["create"])
    }

    pub(super) const fn short(mut self, names: &'static [&'static str]) -> Self {
        self.short = names;
        self
    }

    pub(super) const fn categories(mut self, names: &'static [&'static str]) -> Self {
        self.categories = names;
        self
    }

    pub(super) const fn status(mut self) -> Self {
        self.status = true;
        self
    }

    pub(super) const fn scale(mut self) -> Self {
        self.scale = true;
        self
    }

    pub(super) const fn subs(mut self, subs: &'static [Sub]) -> Self {
        self.subs = subs;
        self
    }

    pub(super) const fn generation(mut self) -> Self {
        self.generation = true;
        self
    }

    pub(super) const fn conditional(mut self) -> Self {
        self.conditional = true;
        self
    }

    pub(super) const fn upserts(mut self) -> Self {
        self.upserts = true;
        self
    }
}
