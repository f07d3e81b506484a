//! The suite, on each way of reaching a disk.

use std::{path::Path, sync::Arc};

use crate::{
    conformance::Case,
    local::{Local, disk::Disk, portable, rooted},
};

fn run(case: &Case, open: impl Fn(&Path) -> Arc<dyn Disk>) {
    let folder = tempfile::tempdir().unwrap();
    let storage = Local { disk: open(folder.path()) };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(case.run(Arc::new(storage)));
    drop(runtime);
    let mut left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(!left.any(|name| name.to_string_lossy().starts_with(".wharf-")), "an upload was left behind");
}

mod beneath {
    crate::conformance_tests!(run);
    fn run(case: &super::Case) {
        super::run(case, |folder| super::rooted::open_disk_by(folder, super::rooted::Way::Beneath).unwrap());
    }
}

mod beneath_without_links {
    crate::conformance_tests!(run);
    fn run(case: &super::Case) {
        let way = super::rooted::Way::BeneathWithoutLinks;
        super::run(case, |folder| super::rooted::open_disk_by(folder, way).unwrap());
    }
}

mod walk {
    crate::conformance_tests!(run);
    fn run(case: &super::Case) {
        super::run(case, |folder| super::rooted::open_disk_by(folder, super::rooted::Way::Walk).unwrap());
    }
}

mod portable_disk {
    crate::conformance_tests!(run);
    fn run(case: &super::Case) {
        super::run(case, |folder| super::portable::open_disk(folder, true, 0).unwrap());
    }
}
