//! A mutex whose poisoning does not matter.
//!
//! A panic while a lock is held leaves what it guards as it was between two statements. Everything guarded here is a cache or
//! a counter that is whole after each statement, so the next holder goes on with it rather than panic in turn.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex, whether or not another holder panicked.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_another_holder_does_not_spread() {
        let counter = Mutex::new(1);
        let panicked = std::thread::scope(|scope| {
            let holder = scope.spawn(|| {
                let _held = counter.lock();
                panic!("while holding the lock");
            });
            holder.join().is_err()
        });
        assert!(panicked && counter.is_poisoned());
        *lock(&counter) += 1;
        assert_eq!(*lock(&counter), 2);
    }
}
