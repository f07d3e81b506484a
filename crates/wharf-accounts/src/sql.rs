//! Users in a database.

use std::{fmt, str::FromStr, sync::LazyLock, time::Duration};

use async_trait::async_trait;
use serde_json::{Map, Value};
use sqlx::{
    Column, PgPool, Row, SqlitePool, TypeInfo, ValueRef,
    postgres::{PgConnectOptions, PgPoolOptions, PgRow},
    sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow},
};
use tokio::time::timeout;
use wharf::core::principal::LoginAttempt;

use crate::{Answer, Settings, Source, SourceError};

/// How many connections to the database there are at most.
const CONNECTIONS: u32 = 4;

/// The keys whose numbers are yes or no, for databases that have no such type.
const YES_OR_NO: [&str; 3] = ["disabled", "read-only", "create-root"];

/// A database, SQLite or PostgreSQL, that is asked for each login. It is connected to when it is needed, and again when it
/// was gone.
///
/// The query gets the name as `$1` and gives one row, or none. Each column is a key of a user: `password`, `root`, `home`,
/// `read_only` with `_` or `-`. `name` is to be there if the database takes several spellings for one name. NULL is a key that is not set; text that begins with `[` or `{` is read as JSON. A column
/// `settings` is JSON with further keys; a column of its own counts more. A row with a column that is no key, or with a value that
/// is none, lets nobody in, and is logged.
pub struct SqlUsers {
    pool: LazyLock<Pool, Open>,
    query: String,
    within: Duration,
}

/// Makes the pool, on a runtime: a program that only looks at its configuration has none.
type Open = Box<dyn FnOnce() -> Pool + Send + Sync>;

enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl SqlUsers {
    /// What is asked unless something else is said.
    pub const QUERY: &str = "SELECT name, password, settings FROM users WHERE name = $1";

    /// A table that [`QUERY`](Self::QUERY) finds users in, for both databases.
    pub const SCHEMA: &str =
        "CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT, settings TEXT NOT NULL DEFAULT '{}')";

    /// The database at `url`: `sqlite:/var/lib/wharf/users.db` or `postgres://user:password@host/database`. An answer is
    /// waited for for so long.
    ///
    /// # Errors
    /// A URL that is of neither.
    pub fn new(url: &str, query: Option<String>, within: Duration) -> Result<Self, SourceError> {
        let open: Open = match url.split(':').next() {
            Some("sqlite") => {
                let options = SqliteConnectOptions::from_str(url)?.read_only(true);
                let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(within);
                Box::new(move || Pool::Sqlite(pool.connect_lazy_with(options)))
            }
            Some("postgres" | "postgresql") => {
                let options = PgConnectOptions::from_str(url)?.application_name("wharf");
                let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(within);
                Box::new(move || Pool::Postgres(pool.connect_lazy_with(options)))
            }
            _ => return Err("the URL of a database begins with sqlite: or postgres:".into()),
        };
        Ok(Self { pool: LazyLock::new(open), query: query.unwrap_or_else(|| Self::QUERY.to_owned()), within })
    }

    /// The row, if there is one, and the settings in it, if they are some.
    async fn row(&self, name: &str) -> Result<Option<Result<Settings, SourceError>>, SourceError> {
        let columns = match &*self.pool {
            Pool::Sqlite(pool) => {
                let row = sqlx::query(&self.query).bind(name).fetch_optional(pool).await?;
                row.as_ref().map(sqlite_columns)
            }
            Pool::Postgres(pool) => {
                let row = sqlx::query(&self.query).bind(name).fetch_optional(pool).await?;
                row.as_ref().map(postgres_columns)
            }
        };
        Ok(columns.map(|columns| columns.and_then(settings)))
    }
}

#[async_trait]
impl Source for SqlUsers {
    async fn find(&self, attempt: &LoginAttempt<'_>) -> Result<Answer, SourceError> {
        // PostgreSQL has no NUL in text.
        let Some(name) = str::from_utf8(attempt.name).ok().filter(|name| !name.contains('\0')) else {
            return Ok(Answer::Unknown);
        };
        // Not for a connection alone: one may be there, and the database silent.
        let row = timeout(self.within, self.row(name)).await;
        match row.map_err(|_| "the database did not answer in time")?? {
            Some(Ok(settings)) => Ok(Answer::Known(Box::new(settings))),
            Some(Err(error)) => Ok(Answer::broken(attempt, &error)),
            None => Ok(Answer::Unknown),
        }
    }
}

/// The columns of a row that are not NULL.
fn sqlite_columns(row: &SqliteRow) -> Result<Map<String, Value>, SourceError> {
    let mut columns = Map::new();
    for column in row.columns() {
        let raw = row.try_get_raw(column.ordinal())?;
        if raw.is_null() {
            continue;
        }
        let kind = raw.type_info().name().to_owned();
        let value = match kind.as_str() {
            "INTEGER" | "BOOLEAN" | "NUMERIC" => Value::from(row.try_get::<i64, _>(column.ordinal())?),
            _ => Value::from(row.try_get::<String, _>(column.ordinal())?),
        };
        columns.insert(column.name().to_owned(), value);
    }
    Ok(columns)
}

/// As [`sqlite_columns`].
fn postgres_columns(row: &PgRow) -> Result<Map<String, Value>, SourceError> {
    let mut columns = Map::new();
    for column in row.columns() {
        let at = column.ordinal();
        let raw = row.try_get_raw(at)?;
        if raw.is_null() {
            continue;
        }
        let kind = raw.type_info().name().to_owned();
        let value = match kind.as_str() {
            "BOOL" => row.try_get::<bool, _>(at)?.into(),
            "INT2" => row.try_get::<i16, _>(at)?.into(),
            "INT4" => row.try_get::<i32, _>(at)?.into(),
            "INT8" => row.try_get::<i64, _>(at)?.into(),
            "JSON" | "JSONB" => row.try_get::<Value, _>(at)?,
            "TEXT[]" | "VARCHAR[]" => row.try_get::<Vec<String>, _>(at)?.into(),
            _ => row.try_get::<String, _>(at)?.into(),
        };
        columns.insert(column.name().to_owned(), value);
    }
    Ok(columns)
}

/// What the columns say.
fn settings(columns: Map<String, Value>) -> Result<Settings, SourceError> {
    let mut all = Map::new();
    let mut own = Map::new();
    for (name, value) in columns {
        let key = name.replace('_', "-");
        let value = match value {
            Value::String(text) if text.starts_with(['[', '{']) => serde_json::from_str(&text)?,
            Value::Number(number) if YES_OR_NO.contains(&key.as_str()) => {
                Value::Bool(number.as_i64() != Some(0))
            }
            value => value,
        };
        match value {
            Value::Object(object) if key == "settings" => all = object,
            value => {
                own.insert(key, value);
            }
        }
    }
    all.extend(own);
    Ok(serde_json::from_value(Value::Object(all))?)
}

/// Neither the URL, which may hold a password, nor the query.
impl fmt::Debug for SqlUsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlUsers").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use sqlx::Executor;

    use super::*;

    const SECRET: &str = "$1$saltsalt$9xy1btjgzLYfb7hivXtC//";

    async fn find(users: &SqlUsers, name: &[u8]) -> Result<Answer, SourceError> {
        users.find(&LoginAttempt::new("127.0.0.1:9".parse().unwrap(), name)).await
    }

    struct Database {
        folder: tempfile::TempDir,
        pool: SqlitePool,
    }

    impl Database {
        async fn new(statements: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("users.db");
            let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
            let pool = SqlitePool::connect_with(options).await.unwrap();
            pool.execute(statements).await.unwrap();
            Self { folder, pool }
        }

        fn users(&self, query: Option<&str>) -> SqlUsers {
            self.users_within(query, Duration::from_secs(20))
        }

        fn users_within(&self, query: Option<&str>, within: Duration) -> SqlUsers {
            let url = format!("sqlite:{}/users.db", self.folder.path().display());
            SqlUsers::new(&url, query.map(str::to_owned), within).unwrap()
        }
    }

    /// A configuration is looked at where there is none.
    #[test]
    fn no_runtime_is_needed_before_somebody_is_asked_for() {
        for url in ["sqlite:/nowhere/users.db", "postgres://anna@127.0.0.1:1/users"] {
            assert!(SqlUsers::new(url, None, Duration::from_secs(1)).is_ok());
        }
        assert!(SqlUsers::new("mysql://anna@127.0.0.1/users", None, Duration::from_secs(1)).is_err());
    }

    #[tokio::test]
    async fn the_table_that_is_named_is_found() {
        let insert = "INSERT INTO users VALUES ('anna', 'HASH', '{\"root\": \"/srv\", \"sessions\": 3}'), ('empty', '', '{}')";
        let statements = format!("{};{}", SqlUsers::SCHEMA, insert.replace("HASH", SECRET));
        let database = Database::new(&statements).await;
        let users = database.users(None);
        let Answer::Known(anna) = find(&users, b"anna").await.unwrap() else { panic!("she is not known") };
        assert!(anna.password.as_ref().unwrap().matches(b"secret") && anna.sessions == Some(3));
        for name in [&b"berta"[..], b"anna' OR '1'='1", b"an%", b"", b"anna\0", b"\xff"] {
            assert!(matches!(find(&users, name).await.unwrap(), Answer::Unknown), "{name:?}");
        }
        // An empty field is no password. Who asks learns no more than of one who is not there.
        assert!(matches!(find(&users, b"empty").await.unwrap(), Answer::Refused));
        // What changes counts at the next login.
        database.pool.execute("DELETE FROM users").await.unwrap();
        assert!(matches!(find(&users, b"anna").await.unwrap(), Answer::Unknown));
    }

    #[tokio::test]
    async fn a_query_of_ones_own_names_the_keys() {
        let statements = format!(
            "CREATE TABLE people (login TEXT, hash TEXT, dir TEXT, locked INTEGER, rights TEXT);
             INSERT INTO people VALUES ('anna', '{SECRET}', '/srv', 1, '{{\"/\": \"all\"}}'), ('berta', NULL, '/srv', 0, NULL)"
        );
        let database = Database::new(&statements).await;
        let query = "SELECT hash AS password, dir AS root, locked AS disabled, rights AS permissions, 1 AS read_only \
                     FROM people WHERE login = $1";
        let users = database.users(Some(query));
        let Answer::Known(anna) = find(&users, b"anna").await.unwrap() else { panic!("she is not known") };
        assert!(
            anna.disabled == Some(true)
                && anna.read_only == Some(true)
                && anna.permissions.unwrap().len() == 1
        );
        let Answer::Known(berta) = find(&users, b"berta").await.unwrap() else { panic!("she is not known") };
        assert!(berta.disabled == Some(false) && berta.password.is_none() && berta.permissions.is_none());
        let unknown = database.users(Some("SELECT hash, dir AS root FROM people WHERE login = $1"));
        assert!(matches!(find(&unknown, b"anna").await.unwrap(), Answer::Refused), "hash is no key");
    }

    #[tokio::test]
    async fn a_database_that_is_there_and_silent_is_an_error_in_time() {
        let database = Database::new(SqlUsers::SCHEMA).await;
        let long = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) \
                           SELECT max(i) || $1 AS password FROM n";
        let users = database.users_within(Some(long), Duration::from_millis(500));
        let error = find(&users, b"anna").await.unwrap_err().to_string();
        assert_eq!(error, "the database did not answer in time");
    }

    #[tokio::test]
    async fn a_database_that_is_gone_is_an_error_until_it_is_back() {
        let database = Database::new(SqlUsers::SCHEMA).await;
        let users = database.users(None);
        let (here, away) = (database.folder.path().join("users.db"), database.folder.path().join("away"));
        std::fs::rename(&here, &away).unwrap();
        assert!(find(&users, b"anna").await.is_err());
        std::fs::rename(&away, &here).unwrap();
        assert!(matches!(find(&users, b"anna").await.unwrap(), Answer::Unknown));
        assert!(SqlUsers::new("mysql://x", None, Duration::from_secs(1)).is_err());
    }
}
