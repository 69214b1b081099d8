//! A bar on the terminal for long work.

use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};

use crate::seed::Progress;

/// The bar of the stage that runs; empty between stages.
#[derive(Default)]
pub struct Bar(Mutex<Option<ProgressBar>>);

impl Progress for Bar {
    fn begin(&self, stage: &'static str, steps: u64) {
        let bar = ProgressBar::new(steps);
        if let Ok(style) = ProgressStyle::with_template("{msg:<16} {bar:40} {pos}/{len}") {
            bar.set_style(style);
        }
        bar.set_message(stage);
        let before = self.0.lock().expect("no panic while held").replace(bar);
        if let Some(before) = before {
            before.finish_and_clear();
        }
    }

    fn advance(&self, steps: u64) {
        if let Some(bar) = &*self.0.lock().expect("no panic while held") {
            bar.inc(steps);
        }
    }

    fn finish(&self) {
        if let Some(bar) = self.0.lock().expect("no panic while held").take() {
            bar.finish_and_clear();
        }
    }
}
