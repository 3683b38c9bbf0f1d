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
    /// Of worker `id`, which lets requests in through `gate`, `concurrency` at once.
    pub fn new(gate: Gate, id: u32, concurrency: u32, panics: bool) -> Self {
        Application {
            gate,
            worker: format!("x-worker: {id}\r\n"),
            alone: concurrency == 1,
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
        let target = connection.head.target().of(connection.input.filled());
        let route = self.route(connection.head.method(), target);
        // Its turn is over before its answer is sent: a slow client holds no worker.
        let Ok(turn) = self.gate.enter(connection.context.row).await else {
            connection.context.row.refused(Refusal::NoSlot);
            refusal(
                connection,
                503,
                "all workers are busy",
                "retry-after: 1\r\n",
            );
            return Ok(After::KeepAlive);
        };
        let clock = connection.context.clock;
        let began = connection.context.log.as_ref().map(|_| clock.now());
        match route {
            Route::Hello => self.say(connection, b"Hello, World!"),
            Route::Work(work) => {
                work.run(self.alone, clock).await;
                self.say(connection, b"done\n");
            }
            Route::Echo => {
                drop(turn);
                return echo::echo(connection, &self.worker).await;
            }
            Route::Panic => panic!("somebody asked for /panic"),
            Route::File => {
                let answer = self
                    .files
                    .as_ref()
                    .map(|files| sending::find(files, connection));
                drop(turn);
                if let Some(answer) = answer {
                    return sending::send(connection, answer, &self.worker).await;
                }
            }
            Route::WrongMethod => {
                let why = "only GET and HEAD are allowed here";
                refusal(connection, 405, why, "allow: GET, HEAD\r\n");
            }
            Route::BadQuery => refusal(connection, 400, work::USAGE, ""),
            Route::Nothing => refusal(connection, 404, "there is nothing here", ""),
        }
        if let Some(began) = began {
            connection.answer.service = clock.now() - began;
        }
        Ok(After::KeepAlive)
    }
}

/// The longest `/work` there is.
const LONGEST: Duration = Duration::from_millis(60_000);
