//! The files that are sent to and fro.

use std::{collections::BTreeMap, fs, path::Path};

/// A tree of files and directories, by their pathnames relative to its top.
///
/// `None` is a directory that is empty; the directories of files are implied.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tree(BTreeMap<String, Option<Vec<u8>>>);

impl Tree {
    /// A tree without entries.
    pub fn empty() -> Self {
        Self::default()
    }

    /// What a transfer can get wrong: every octet, none at all, many, names that need quoting, and depth.
    pub fn difficult() -> Self {
        Self::empty()
            .with("every octet.bin", every_octet())
            .with("empty", "")
            .with("five-mebibytes.bin", noise(5 << 20))
            .with("text.txt", text())
            .with("spaces  and 'quotes'.txt", "in a name\n")
            .with("na\u{ef}ve \u{6587}.txt", "UTF-8\n")
            .with(".hidden", "dot\n")
            .with("a/b/c/deep.txt", "at the bottom\n")
            .with("a/b/beside.bin", noise(70_001))
            .with("a/in the middle/x", "x")
    }

    /// With the file `path`.
    pub fn with(mut self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.0.insert(path.to_owned(), Some(content.into()));
        self
    }

    /// With the empty directory `path`.
    pub fn with_directory(mut self, path: &str) -> Self {
        self.0.insert(path.to_owned(), None);
        self
    }

    /// Without the file or directory `path`, and what is below it.
    pub fn without(mut self, path: &str) -> Self {
        self.0.retain(|name, _| {
            name != path && !name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
        });
        self
    }

    /// What is below the directory `path`.
    pub fn below(&self, path: &str) -> Self {
        let inside = |name: &String| name.strip_prefix(path)?.strip_prefix('/').map(str::to_owned);
        Self(self.0.iter().filter_map(|(name, content)| Some((inside(name)?, content.clone()))).collect())
    }

    /// The content of the file `path`.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn file(&self, path: &str) -> &[u8] {
        self.0.get(path).and_then(Option::as_deref).unwrap_or_else(|| panic!("no file {path} in {self:?}"))
    }

    /// The pathnames of all files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, content)| content.is_some()).map(|(path, _)| path.as_str())
    }

    /// Puts it into the directory `top`, which exists.
    ///
    /// # Panics
    ///
    /// If the disk refuses.
    pub fn write(&self, top: &Path) {
        for (path, content) in &self.0 {
            let path = top.join(path);
            match content {
                Some(content) => {
                    fs::create_dir_all(path.parent().expect("below the top"))
                        .expect("a test's own directory");
                    fs::write(path, content).expect("a test's own directory");
                }
                None => fs::create_dir_all(path).expect("a test's own directory"),
            }
        }
    }

    /// Reads what the directory `top` holds.
    ///
    /// # Panics
    ///
    /// If it cannot be read, or a name is not UTF-8.
    pub fn read(top: &Path) -> Self {
        let mut tree = Self::empty();
        tree.read_below(top, "");
        tree
    }

    fn read_below(&mut self, directory: &Path, prefix: &str) {
        let mut entries = fs::read_dir(directory).expect("a test's own directory").peekable();
        if entries.peek().is_none() && !prefix.is_empty() {
            self.0.insert(prefix.trim_end_matches('/').to_owned(), None);
        }
        for entry in entries {
            let entry = entry.expect("a test's own directory");
            let name = entry.file_name().into_string().expect("names in tests are UTF-8");
            if entry.path().is_dir() {
                self.read_below(&entry.path(), &format!("{prefix}{name}/"));
            } else {
                self.0.insert(
                    format!("{prefix}{name}"),
                    Some(fs::read(entry.path()).expect("a test's own file")),
                );
            }
        }
    }
}

/// Names and sizes; contents would drown a failed assertion's message.
impl std::fmt::Debug for Tree {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // FNV-1a.
        let step = |sum: u32, octet: &u8| (sum ^ u32::from(*octet)).wrapping_mul(0x0100_0193);
        let sum = |content: &[u8]| content.iter().fold(0x811c_9dc5, step);
        let rows = self.0.iter().map(|(path, content)| match content {
            Some(content) => (path, format!("{} octets, sum {:08x}", content.len(), sum(content))),
            None => (path, "directory".to_owned()),
        });
        f.debug_map().entries(rows).finish()
    }
}

/// Each octet in each neighbourhood that matters: after CR, after LF, after IAC, and in order.
pub fn every_octet() -> Vec<u8> {
    let mut octets = Vec::new();
    for octet in 0..=u8::MAX {
        octets.extend([b'\r', octet, b'\n', octet, 0xff, octet]);
    }
    octets.extend(0..=u8::MAX);
    octets
}

/// Lines with the system's line ends, the last one without.
pub fn text() -> Vec<u8> {
    let mut text = (1..=500).map(|number| format!("line {number}\n")).collect::<String>();
    text.push_str("\n\nno end");
    text.into_bytes()
}

/// Octets without a pattern, the same each time (xorshift).
pub fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut octets = Vec::with_capacity(len + 8);
    while octets.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        octets.extend(state.to_le_bytes());
    }
    octets.truncate(len);
    octets
}
