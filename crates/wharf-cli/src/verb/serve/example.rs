//! A file to show the server with.

use futures_util::StreamExt;
use wharf::storage::{Pathname, Storage};

/// How many entries of the folder are looked at.
const LOOK_AT: usize = 1000;

/// A file at the top of `storage` whose name anybody can type, and that can be read: the first in order of names.
pub(super) async fn find(storage: &impl Storage) -> Option<String> {
    let root = Pathname::root();
    let rows = storage.list(&root).await.ok()?.take(LOOK_AT);
    let files = rows.filter_map(async |row| row.ok().filter(|entry| entry.metadata.is_file()));
    let mut names: Vec<String> =
        files.filter_map(async |entry| String::from_utf8(entry.name).ok()).collect().await;
    names.retain(|name| !name.starts_with('.') && !name.chars().any(char::is_control));
    names.sort_unstable();
    for name in names {
        let readable = match root.join(name.as_bytes()) {
            Ok(path) => storage.open_read(&path, 0).await.is_ok(),
            Err(_) => false,
        };
        if readable {
            return Some(name);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use wharf::storage::{Memory, WriteMode};

    use super::*;

    async fn holding(names: &[&str]) -> Memory {
        let storage = Memory::new();
        for name in names {
            let path = Pathname::root().join(name.as_bytes()).unwrap();
            let mut sink = storage.open_write(&path, WriteMode::Replace).await.unwrap();
            sink.write(Bytes::from_static(b"content")).await.unwrap();
            sink.finish().await.unwrap();
        }
        storage
    }

    #[tokio::test]
    async fn the_first_name_that_can_be_typed() {
        let storage = holding(&["b", "a b", ".hidden", "a\nb", "c"]).await;
        storage.make_dir(&Pathname::parse(b"/a").unwrap()).await.unwrap();
        assert_eq!(find(&storage).await.as_deref(), Some("a b"));
    }

    #[tokio::test]
    async fn none_where_there_is_no_file() {
        assert_eq!(find(&holding(&[".hidden"]).await).await, None);
    }
}
