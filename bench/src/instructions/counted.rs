//! The two functions that callgrind knows by name: it counts inside of [`counted_poll`], and writes at the end of
//! [`counted_until_here`].

use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// A future whose polls are counted, and nothing of the runtime's beside.
pub struct Counted<'a, T>(Pin<Box<dyn Future<Output = T> + 'a>>);

/// Long enough for SQLite's thread to have done all it can.
const DATABASE: Duration = Duration::from_millis(20);

impl<'a, T> Counted<'a, T> {
    /// Counts this.
    pub fn new(work: impl Future<Output = T> + 'a) -> Self {
        Self(Box::pin(work))
    }
}

impl<T> Future for Counted<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut output = None;
        let work = &mut self.0;
        counted_poll(&mut || {
            if let Poll::Ready(ready) = work.as_mut().poll(cx) {
                output = Some(ready);
            }
        });
        match output {
            Some(output) => Poll::Ready(output),
            None => {
                // So that the number of polls does not hang on who is faster.
                std::thread::sleep(DATABASE);
                Poll::Pending
            }
        }
    }
}

/// Instructions are counted in here.
#[inline(never)]
fn counted_poll(work: &mut dyn FnMut()) {
    work();
    // Something after the call, so that it is a call.
    black_box(());
}

/// A document is over: what was counted is written.
#[inline(never)]
pub fn counted_until_here() {
    black_box(());
}
