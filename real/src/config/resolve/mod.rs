//! From what was given to settings: defaults filled in, every value read, every check made, and a record kept of what
//! was resolved and from where.

mod admission;
mod balancing;
mod behind;
mod controls;
mod files;
mod limits;
mod listening;
mod pool;
mod scope;
mod shape;

use policy::time::Duration;
use spec::value::{duration, or_none, seed};
use spec::{Failure, Table};

use crate::settings::Settings;

/// Resolves what was `given`, or says what is wrong with it.
pub(super) fn resolve(given: &mut Table) -> Result<Settings, Failure> {
    let shape = shape::settle(given)?;
    scope::settle(given, &shape)?;
    let given = &mut Scoped { given, shape };
    let listening = listening::resolve(given)?;
    let pool = pool::resolve(given)?;
    let concurrency = pool::concurrency(given)?;
    let behind = behind::resolve(given)?;
    let balancers = balancing::balancers(given)?;
    let limits = limits::resolve(given.given)?;
    let tls = files::tls(given.given)?;
    let balancing = balancing::resolve(given, tls.front.is_some())?;
    let controls = controls::resolve(given)?;
    let slots = admission::default_slots(given, concurrency, balancers.number, &limits);
    let admission = admission::resolve(given, slots)?;
    let given = &mut *given.given;
    Ok(Settings {
        listen: listening.listen,
        admin: listening.admin,
        backlog: listening.backlog,
        accept: listening.accept,
        accept_delay: listening.accept_delay,
        proxy_protocol: listening.proxy_protocol,
        trusted: listening.trusted,
        balancers: balancers.number,
        shared_board: balancers.shared_board,
        concurrency,
        balancing,
        behind,
        pool,
        limits,
        admission,
        controls,
        tls,
        files: files::files(given)?,
        access_log: files::access_log(given)?,
        log: files::log(given)?,
        drain_delay: given
            .or("drain-delay", None, |text| or_none(text, duration))?
            .unwrap_or(Duration::ZERO),
        drain: given.or("drain-timeout", Duration::from_millis(30_000), duration)?,
        seed: given.or("seed", 1, seed)?,
        testing_routes: given.text("testing-routes") == Some("true"),
    })
}

/// What was given, and what kind of server it is for.
struct Scoped<'a> {
    given: &'a mut Table,
    shape: shape::Shape,
}

impl Scoped<'_> {
    /// What `read` makes of it, on record only where it `matters`. Where it does not, nothing of it was given, so that
    /// these are the defaults.
    fn where_it_matters<T>(
        &mut self,
        matters: bool,
        read: impl FnOnce(&mut Table) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match matters {
            true => read(self.given),
            false => read(&mut self.given.clone()),
        }
    }
}
