//! A file of users that is changed: what else is in it, comments too, stays as it is.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, value};
use wharf_accounts::{PasswordHash, UsersFile};

use crate::exit::{Exit, Failure};

/// The users of a file.
pub(super) struct Users {
    path: PathBuf,
    document: DocumentMut,
}

impl Users {
    /// Reads a file that is there.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        // What a server would not read is not changed.
        UsersFile::open(path).map_err(|error| Failure::from(crate::config::problem::in_users(&error)))?;
        let fails = |error: &dyn std::fmt::Display| Failure::about(path, error);
        let text = fs::read_to_string(path).map_err(|error| fails(&error))?;
        let document = text.parse().map_err(|error| fails(&error))?;
        Ok(Self { path: path.to_owned(), document })
    }

    /// As [`read`](Self::read), or an empty one where there is none.
    pub(super) fn read_or_new(path: &Path) -> Result<Self, Failure> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self { path: path.to_owned(), document: DocumentMut::new() })
            }
            _ => Self::read(path),
        }
    }

    fn users(&self) -> Option<&dyn toml_edit::TableLike> {
        self.document.get("user").and_then(Item::as_table_like)
    }

    fn user(&mut self, name: &str) -> Result<&mut dyn toml_edit::TableLike, Failure> {
        let shown = crate::output::shown(&self.path);
        let users = self.document.get_mut("user").and_then(Item::as_table_like_mut);
        let user = users.and_then(|users| users.get_mut(name)).and_then(Item::as_table_like_mut);
        user.ok_or_else(|| {
            Failure::new(Exit::Failed, format!("there is no user {} in {shown}", name.escape_debug()))
        })
    }

    /// Whether a user who is there is kept out.
    pub(super) fn is_disabled(&mut self, name: &str) -> Result<bool, Failure> {
        Ok(self.user(name)?.get("disabled").and_then(Item::as_bool).unwrap_or(false))
    }

    /// The names, and who is kept out.
    pub(super) fn all(&self) -> Vec<(String, bool)> {
        let disabled = |user: &Item| user.get("disabled").and_then(Item::as_bool).unwrap_or(false);
        let users = self.users().into_iter().flat_map(|users| users.iter());
        users.map(|(name, user)| (name.to_owned(), disabled(user))).collect()
    }

    /// Adds a user, who has no password yet.
    pub(super) fn add(
        &mut self,
        name: &str,
        root: Option<&str>,
        groups: &[String],
        write: bool,
    ) -> Result<(), Failure> {
        if name.is_empty() || name.chars().any(char::is_control) {
            return Err(Failure::usage("a name is needed, without control characters"));
        }
        let users = self.document.entry("user").or_insert_with(|| {
            let mut users = Table::new();
            users.set_implicit(true);
            Item::Table(users)
        });
        let users = users.as_table_like_mut().ok_or_else(|| Failure::usage("user is no section"))?;
        if users.contains_key(name) {
            return Err(Failure::new(
                Exit::Failed,
                format!("there is a user {} already", name.escape_debug()),
            ));
        }
        let mut user = Table::new();
        if let Some(root) = root {
            user.insert("root", value(root));
        }
        if !groups.is_empty() {
            user.insert("groups", value(groups.iter().map(String::as_str).collect::<Array>()));
        }
        if write {
            user.insert("permissions", value(InlineTable::from_iter([("/", "all")])));
        }
        users.insert(name, Item::Table(user));
        Ok(())
    }

    pub(super) fn set_password(&mut self, name: &str, hash: &PasswordHash) -> Result<(), Failure> {
        self.user(name)?.insert("password", value(hash.expose()));
        Ok(())
    }

    pub(super) fn remove(&mut self, name: &str) -> Result<(), Failure> {
        self.user(name)?;
        if let Some(users) = self.document.get_mut("user").and_then(Item::as_table_like_mut) {
            users.remove(name);
        }
        Ok(())
    }

    /// Puts the file in the place of the old one as a whole, with the rights of the old one; a new one only its owner may read.
    pub(super) fn write(&self) -> Result<(), Failure> {
        let fails = |error: io::Error| Failure::about(&self.path, &error);
        let folder = match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut new = tempfile::NamedTempFile::new_in(folder).map_err(fails)?;
        io::Write::write_all(&mut new, self.document.to_string().as_bytes()).map_err(fails)?;
        if let Ok(old) = fs::metadata(&self.path) {
            new.as_file().set_permissions(old.permissions()).map_err(fails)?;
        }
        new.as_file().sync_all().map_err(fails)?;
        new.persist(&self.path).map(drop).map_err(|error| fails(error.error))
    }
}
