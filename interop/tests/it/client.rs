//! wharf's client against each server: every scenario that the server has the commands for.

mod between;
mod listing;
mod name;
mod pool;
mod probe;
mod refusal;
mod stream;
mod sync;
mod tls;
mod tree;

use std::time::Duration;

use wharf::{Connection, ConnectionBuilder};
use wharf_interop::{Family, Server, fixture::Tree, servers::Product};

/// One test for each scenario, against one product.
macro_rules! against {
    ($product:ident: $($module:ident: $($scenario:ident)+;)+) => {
        $($(
            #[tokio::test]
            async fn $scenario() {
                super::run(super::Product::$product, super::$module::$scenario).await;
            }
        )+)+
    };
}

mod vsftpd {
    against!(Vsftpd:
        tree: uploads downloads puts_under_its_own_name moves_many_small_files;
        pool: moves_trees_over_all_connections goes_on_with_what_was_interrupted;
        listing: lists lists_recursively tells_what_an_entry_is;
        name: makes_renames_and_removes keeps_names;
        stream: resumes_and_appends aborts drops_unfinished_streams moves_text lets_the_server_connect
            asks_in_each_form works_over_ipv6 runs_four_at_once;
        sync: syncs_up_again_and_down deletes_nothing_where_it_cannot_look;
        refusal: is_refused is_not_let_in_as_another;
    );
}

mod proftpd {
    against!(Proftpd:
        tree: uploads downloads puts_under_its_own_name moves_many_small_files;
        pool: moves_trees_over_all_connections goes_on_with_what_was_interrupted;
        listing: lists lists_recursively lists_in_both_forms tells_what_an_entry_is sets_time_and_permissions;
        name: makes_renames_and_removes keeps_names;
        stream: resumes_and_appends aborts drops_unfinished_streams moves_text lets_the_server_connect
            asks_in_each_form works_over_ipv6 runs_four_at_once;
        sync: syncs_up_again_and_down deletes_nothing_where_it_cannot_look computes_digests;
        refusal: is_refused is_not_let_in;
    );
}

mod pureftpd {
    against!(PureFtpd:
        tree: uploads downloads puts_under_its_own_name moves_many_small_files;
        pool: moves_trees_over_all_connections goes_on_with_what_was_interrupted;
        listing: lists lists_recursively lists_in_both_forms tells_what_an_entry_is sets_time_and_permissions;
        name: makes_renames_and_removes keeps_names;
        stream: resumes_and_appends aborts drops_unfinished_streams moves_text lets_the_server_connect
            asks_in_each_form works_over_ipv6 runs_four_at_once;
        sync: syncs_up_again_and_down deletes_nothing_where_it_cannot_look;
        refusal: is_refused is_not_let_in;
    );
}

mod pyftpdlib {
    against!(Pyftpdlib:
        tree: uploads downloads puts_under_its_own_name moves_many_small_files;
        pool: moves_trees_over_all_connections goes_on_with_what_was_interrupted;
        listing: lists lists_recursively lists_in_both_forms tells_what_an_entry_is sets_time_and_permissions;
        name: makes_renames_and_removes keeps_names;
        stream: resumes_and_appends aborts drops_unfinished_streams moves_text lets_the_server_connect
            asks_in_each_form works_over_ipv6 runs_four_at_once;
        sync: syncs_up_again_and_down deletes_nothing_where_it_cannot_look;
        refusal: is_refused is_not_let_in;
    );
}

/// It has no PORT and EPRT, no SIZE, MDTM and MFMT, and sends text as it is.
mod aioftp {
    against!(Aioftp:
        tree: uploads downloads puts_under_its_own_name moves_many_small_files;
        pool: moves_trees_over_all_connections goes_on_with_what_was_interrupted;
        listing: lists lists_recursively lists_in_both_forms;
        name: makes_renames_and_removes keeps_names;
        stream: resumes_and_appends aborts drops_unfinished_streams asks_in_each_form works_over_ipv6 runs_four_at_once;
        sync: syncs_up_again_and_down deletes_nothing_where_it_cannot_look;
        refusal: is_refused is_not_let_in;
    );
}

/// Starts the server with the difficult tree, and runs the scenario, for at most a minute.
async fn run(product: Product, scenario: impl AsyncFnOnce(&Server)) {
    run_on(Family::Ipv4, product, scenario).await;
}

async fn run_on(family: Family, product: Product, scenario: impl AsyncFnOnce(&Server)) {
    let server = product.start_on(family, &Tree::difficult());
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, scenario(&server)).await.expect("it ends within a minute");
}

/// A session in the directory that holds the test's files.
async fn login(server: &Server) -> Connection {
    login_with(server, Connection::builder()).await
}

async fn login_with(server: &Server, builder: ConnectionBuilder) -> Connection {
    let mut client = builder.connect(server.target.address).await.unwrap();
    client.login(&server.target.user, &server.target.password).await.unwrap();
    client.change_directory(server.home).await.unwrap();
    client
}

/// The difficult tree as this server lists it: vsftpd hides dot files from a LIST without `-a`.
fn listed(server: &Server) -> Tree {
    match server.product {
        Product::Vsftpd => Tree::difficult().without(".hidden"),
        _ => Tree::difficult(),
    }
}
