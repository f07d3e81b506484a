//! One text file for each case in `tests/cases`: a command, its exit code and what it says.
//!
//! `TRYCMD=overwrite cargo test -p wharf-cli cases` writes what it says now.

#[test]
fn texts() {
    trycmd::TestCases::new()
        .env("COLUMNS", "100")
        .env("HOME", "/nonexistent")
        .env("NETRC", "/nonexistent/.netrc")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .case("tests/cases/*.trycmd");
}
