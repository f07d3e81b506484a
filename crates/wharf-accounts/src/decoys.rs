//! What it takes to check the passwords of all users, so that a refusal takes no less for anybody.

use std::sync::{Mutex, PoisonError};

use crate::PasswordHash;

/// How many kinds are looked at: whoever is refused waits for one of each.
const MAX_KINDS: usize = 8;

/// A hash that is nobody's for each kind and cost that hashes of users have.
#[derive(Debug, Default)]
pub(crate) struct Decoys(Mutex<Vec<PasswordHash>>);

impl Decoys {
    /// There are users with hashes like these.
    pub(crate) fn learn(&self, hashes: &[PasswordHash]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = kinds(known.iter().chain(hashes));
        all.truncate(MAX_KINDS);
        *known = all;
    }

    /// What is to be checked in vain for who is refused, besides a hash that was. Where no user is known that of a new user.
    pub(crate) fn besides(&self, checked: Option<&PasswordHash>) -> Vec<PasswordHash> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (checked.map(PasswordHash::of_nobody_like), known.is_empty()) {
            (Some(own), _) => known.into_iter().filter(|kind| *kind != own).collect(),
            (None, true) => vec![PasswordHash::of_nobody().clone()],
            (None, false) => known,
        }
    }
}

/// A hash that is nobody's for each kind of these, in the order in which they come.
pub(crate) fn kinds<'a>(hashes: impl IntoIterator<Item = &'a PasswordHash>) -> Vec<PasswordHash> {
    let mut kinds = Vec::new();
    for hash in hashes {
        let kind = hash.of_nobody_like();
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(text: &str) -> PasswordHash {
        text.parse().unwrap()
    }

    #[test]
    fn whoever_is_refused_has_one_of_each_kind_checked() {
        let anna = hash("$1$saltsalt$9xy1btjgzLYfb7hivXtC//");
        let berta = hash("$2y$04$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW");
        let decoys = Decoys::default();
        assert_eq!(decoys.besides(None), [PasswordHash::of_nobody().clone()]);
        assert_eq!(decoys.besides(Some(&anna)), []);
        decoys.learn(&[anna.clone(), anna.clone(), berta.clone()]);
        decoys.learn(std::slice::from_ref(&berta));
        let [like_anna, like_berta] = [anna.of_nobody_like(), berta.of_nobody_like()];
        assert_eq!(decoys.besides(None), [like_anna.clone(), like_berta.clone()]);
        assert_eq!(decoys.besides(Some(&anna)), [like_berta]);
        assert_eq!(decoys.besides(Some(&berta)), [like_anna]);
    }

    /// What takes as long would otherwise be checked twice for everybody.
    #[test]
    fn a_kind_is_an_algorithm_and_a_cost() {
        let bcrypt =
            |head: &str| hash(&format!("{head}$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW"));
        let argon = |m: u32, salt: &str| {
            hash(&format!("$argon2id$v=19$m={m},t=1,p=1${salt}$JRNsg0sD/CMCTs0BQ2dYdG1yeCLhzbqKEcsBZzmhv+k"))
        };
        let same = ["$2a$04", "$2b$04", "$2y$04"].map(bcrypt);
        assert_eq!(kinds(&same).len(), 1);
        let same = ["c2FsdHNhbHQ", "c2FsdHNhbHRzYWx0"].map(|salt| argon(8192, salt));
        assert_eq!(kinds(&same).len(), 1);
        assert_eq!(kinds(&["$2b$04", "$2b$05"].map(bcrypt)).len(), 2);
        assert_eq!(kinds(&[8192, 4096].map(|m| argon(m, "c2FsdHNhbHQ"))).len(), 2);
    }

    #[test]
    fn kinds_have_an_end() {
        let decoys = Decoys::default();
        for cost in 4..24 {
            let text = format!("$2b${cost:02}$abcdefghijklmnopqrstuu2r9OfJnfCsdneAXAGHnS4UpFFP8WIrW");
            decoys.learn(&[hash(&text)]);
        }
        assert_eq!(decoys.besides(None).len(), MAX_KINDS);
    }
}
