//! `docs/commands.md` is written from the registry.
//!
//! After a change of a command, `WHARF_WRITE_DOCS=1 cargo test -p wharf-core commands_page` writes it anew.

use std::{env, fmt::Write, fs, path::Path};

use wharf_core::{
    command::Registry,
    spec::{Access, DataUse, DuringTransfer, Feature, Grammar, Login, Opening, Spec},
};

const TOP: &str = "\
<!-- Written from the registry by crates/wharf-core/tests/it/commands_page.rs, which says how. -->

# Commands

What `wharf` speaks, as a server and as a client: one row for each command, one file in
`crates/wharf-core/src/command/` for each family.

- **Access** is what the user must be permitted on the pathname; `before login` needs no user at all.
- **Data** is what happens on the data connection.
- **During a transfer** a command waits for its end, unless it runs at once or interrupts the transfer.
- **FEAT** marks what the answer to FEAT names.

| Command | | Defined in | Access | Data | During a transfer | FEAT |
|---|---|---|---|---|---|---|
";

#[test]
fn is_what_the_registry_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/commands.md");
    let page = page();
    if env::var_os("WHARF_WRITE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/commands.md is stale: WHARF_WRITE_DOCS=1 cargo test -p wharf-core commands_page"
    );
}

fn page() -> String {
    let mut page = TOP.to_owned();
    for registered in Registry::standard().iter() {
        row(&mut page, registered.spec);
    }
    page
}

fn row(page: &mut String, spec: &Spec) {
    let argument = match spec.argument {
        Grammar::None => String::new(),
        Grammar::Optional(name) => format!(" [{name}]"),
        Grammar::Required(name) => format!(" {name}"),
    };
    let aliases = match spec.aliases {
        [] => String::new(),
        aliases => format!(" Also {}.", aliases.join(", ")),
    };
    let access = match (spec.login, spec.access) {
        (Login::NotRequired, _) => "before login".to_owned(),
        (Login::Required, access) if access.is_empty() => String::new(),
        (Login::Required, access) => names(access),
    };
    let data = match spec.data {
        DataUse::None => "",
        DataUse::Opens(Opening::Passive | Opening::ExtendedPassive) => "passive",
        DataUse::Opens(Opening::Active) => "active",
        DataUse::Sends => "server sends",
        DataUse::Receives => "server receives",
        other => panic!("a word for {other:?}"),
    };
    let during = match spec.during_transfer {
        DuringTransfer::Waits => "",
        DuringTransfer::Runs => "runs",
        DuringTransfer::Interrupts => "interrupts",
    };
    let feature = if matches!(spec.feature, Feature::None) { "" } else { "yes" };
    let (verb, help, reference) = (spec.verb, spec.help, spec.reference);
    let cells = [
        &format!("`{verb}{argument}`"),
        &format!("{help}{aliases}"),
        reference,
        &access,
        data,
        during,
        feature,
    ];
    for cell in cells {
        assert!(!cell.contains('\n'), "{verb}: {cell:?} would break the table");
        write!(page, "| {} ", cell.replace('|', "\\|")).unwrap();
    }
    page.push_str("|\n");
}

fn names(access: Access) -> String {
    access.iter_names().map(|(name, _)| name.to_ascii_lowercase()).collect::<Vec<_>>().join(", ")
}
