//! Sleeping precisely. The runtime's timers are a millisecond coarse.

use policy::time::Duration;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use tokio::io::unix::AsyncFd;

use crate::sys;

/// Sleeps for `time`, to within the kernel's precision (50 us, less with a small timer slack). Three system calls. Falls
/// back to the runtime's timer where no descriptor is left.
pub async fn sleep(time: Duration) {
    match timer(time) {
        Ok(timer) => {
            // That it is readable is all that is wanted.
            let _ = timer.readable().await;
        }
        Err(_) => tokio::time::sleep(std::time::Duration::from_nanos(time.0)).await,
    }
}

fn timer(time: Duration) -> std::io::Result<AsyncFd<std::os::fd::OwnedFd>> {
    let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
    let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
    let zero = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // A time of zero would disarm it.
    let nanoseconds = time.0.max(1);
    let once = Itimerspec {
        it_interval: zero,
        it_value: Timespec {
            tv_sec: (nanoseconds / 1_000_000_000) as i64,
            tv_nsec: (nanoseconds % 1_000_000_000) as _,
        },
    };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &once)?;
    sys::watch(timer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[tokio::test(flavor = "current_thread")]
    async fn it_does_not_wake_too_early() {
        let before = Clock.now();
        sleep(Duration::from_micros(300)).await;
        assert!(Clock.now() - before >= Duration::from_micros(300));
        sleep(Duration(0)).await;
    }
}
