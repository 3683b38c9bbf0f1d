//! The built-in application: something to serve, and to measure with.

mod echo;
pub mod files;
mod sending;
mod work;

use policy::time::Duration;

use crate::http::Method;
use crate::serve::{After, Broken, Connection, Gate, Service, TEXT, Transport, Whole, refusal};
use crate::stats::Refusal;
use files::Files;

/// See the [module](self).
pub struct Application {
    gate: Gate,
    /// `x-worker: ID`, as it is written.
    worker: String,
    /// Whether a sleeping request may stop the whole worker, which is then exact to some 60 us.
    alone: bool,
    files: Option<Files>,
    /// Whether `/panic` does.
    panics: bool,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Hello,
    Echo,
    Work(work::Work),
    Panic,
    File,
    WrongMethod,
    BadQuery,
    Nothing,
}

impl Application {
    /// Of worker `id`, which lets requests in through `gate`. `alone`: one at a time, in a process that does nothing else.
    pub fn new(gate: Gate, id: u32, alone: bool, panics: bool) -> Self {
        Application {
            gate,
            worker: format!("x-worker: {id}\r\n"),
            alone,
            files: None,
            panics,
        }
    }

    /// Which also serves `files`: whatever is not built in, and `/`.
    pub fn with_files(mut self, files: Files) -> Self {
        self.files = Some(files);
        self
    }

    fn route(&self, method: Method, target: &[u8]) -> Route {
        let (path, query) = match memchr::memchr(b'?', target) {
            Some(at) => (&target[..at], &target[at + 1..]),
            None => (target, &b""[..]),
        };
        let reads = matches!(method, Method::Get | Method::Head);
        match path {
            b"/" if self.files.is_none() && reads => Route::Hello,
            b"/work" if !reads => Route::WrongMethod,
            b"/work" => work::Work::parse(query).map_or(Route::BadQuery, Route::Work),
            b"/echo" => Route::Echo,
            b"/panic" if self.panics => Route::Panic,
            _ if self.files.is_some() => Route::File,
            b"/" => Route::WrongMethod,
            _ => Route::Nothing,
        }
    }

    fn refuse<T: Transport>(
        &self,
        connection: &mut Connection<T>,
        status: u16,
        why: &str,
        fields: &str,
    ) {
        refusal(connection, status, why, &format!("{}{fields}", self.worker));
    }

    fn say<T: Transport>(&self, connection: &mut Connection<T>, body: &[u8]) {
        connection.answer(&Whole {
            status: 200,
            kind: TEXT,
            fields: &self.worker,
            body,
        });
    }
}

impl Service for Application {
    async fn call<T: Transport>(&self, connection: &mut Connection<T>) -> Result<After, Broken> {
        let path = connection.head.path(connection.input.filled());
        let route = self.route(connection.head.method(), path);
        if matches!(route, Route::Work(_)) || self.gate.is_full() {
            // Whoever is answered already does not wait for this one.
            connection.flush().await?;
        }
        // Its turn is over before its answer is sent: a slow client holds no worker.
        let Ok(turn) = self.gate.enter(connection.context.row).await else {
            connection.context.row.refused(Refusal::NoSlot);
            self.refuse(
                connection,
                503,
                "all workers are busy",
                "retry-after: 1\r\n",
            );
            return Ok(After::KeepAlive);
        };
        let clock = connection.context.clock;
        let began = match connection.context.log {
            Some(_) => clock.now(),
            None => connection.arrived,
        };
        match route {
            Route::Hello => self.say(connection, b"Hello, World!"),
            Route::Work(work) => {
                let deadline = connection.watch.at();
                match work.run(self.alone, clock, deadline).await {
                    true => self.say(connection, b"done\n"),
                    false => {
                        self.refuse(connection, 503, "this takes longer than a request may", "")
                    }
                }
            }
            Route::Echo => {
                drop(turn);
                connection.answer.service = NO_TIME;
                return echo::echo(connection, &self.worker).await;
            }
            Route::Panic => panic!("somebody asked for /panic"),
            Route::File => {
                let answer = self
                    .files
                    .as_ref()
                    .map(|files| sending::find(files, connection));
                drop(turn);
                connection.answer.service = (clock.now() - began).max(NO_TIME);
                if let Some(answer) = answer {
                    return sending::send(connection, answer, &self.worker).await;
                }
            }
            Route::WrongMethod => {
                let why = "only GET and HEAD are allowed here";
                self.refuse(connection, 405, why, "allow: GET, HEAD\r\n");
            }
            Route::BadQuery => self.refuse(connection, 400, work::USAGE, ""),
            Route::Nothing => self.refuse(connection, 404, "there is nothing here", ""),
        }
        if connection.context.log.is_some() {
            connection.answer.service = (clock.now() - began).max(NO_TIME);
        }
        Ok(After::KeepAlive)
    }
}

/// The shortest work there is; none at all would read as not known.
const NO_TIME: Duration = Duration(1);
/// The longest `/work` there is.
const LONGEST: Duration = Duration::from_millis(60_000);
