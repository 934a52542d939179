//! The queues of a relay and what they hold: the failure queue, and the buffer with what takes alerts from it.

use std::time::{Duration, SystemTime};

use futures_util::future::{join, try_join, try_join3};
use jiff::{SignedDuration, Timestamp};

use super::SnapshotReader;
use crate::aws::scope::ReadScope;
use crate::aws::{AwsError, buffer, log_group, mapping, queue};
use crate::chain::checks::snapshot::{
    BufferSnapshot, FailureQueueSnapshot, Link, Lookup, MappingSnapshot, Reading,
};
use crate::chain::names::ResourceNames;
use crate::chain::state::Trigger;
use crate::contract::log::{LogEvent, LogLine};

/// How far back a failed delivery is looked for while alerts wait in a buffer: each is tried again after about three minutes.
const RECENTLY: Duration = Duration::from_secs(10 * 60);

impl SnapshotReader<'_> {
    /// Reads the failure queue with what it holds, and whether ddalert manages it.
    pub(super) async fn failure_queue(
        &self,
        link: Link,
        scope: &ReadScope<'_>,
    ) -> Result<Lookup<(FailureQueueSnapshot, bool)>, AwsError> {
        let found = queue::observe(self.clients, scope).await;
        let (queue, is_ours, depth) = match self.record(link, Reading::Queue, found)? {
            Lookup::Found(found) => found,
            Lookup::Missing => return Ok(Lookup::Missing),
            Lookup::NotChecked => return Ok(Lookup::NotChecked),
        };
        let name = &scope.names.queue;
        let retention_s = queue.retention_s.into();
        let contents = self
            .queue_contents(link, Reading::QueueAge, name, depth.messages, retention_s)
            .await?;
        Ok(Lookup::Found((
            FailureQueueSnapshot { queue, contents },
            is_ours,
        )))
    }

    /// Reads the buffer with what it holds and whether ddalert manages it, and what takes alerts from it.
    pub(super) async fn buffer(
        &self,
        link: Link,
        names: &ResourceNames,
        trigger: Trigger,
    ) -> Result<(Lookup<(BufferSnapshot, bool)>, Lookup<MappingSnapshot>), AwsError> {
        // Of a relay without a buffer only what is left over is of interest.
        let (reading, is_buffered) = match trigger {
            Trigger::Sqs => (Reading::Buffer, true),
            Trigger::Sns => (Reading::LeftOverBuffer, false),
        };
        let name = &names.buffer;
        // What takes alerts from the buffer is known without the buffer.
        let mapping = async {
            if !is_buffered {
                return Ok(Lookup::NotChecked);
            }
            let mapping = mapping::observe(self.clients, names).await;
            self.record(link, Reading::Mapping, mapping)
        };
        let found = async {
            let (found, attributes) = join(
                buffer::observe(self.clients, names),
                queue::attributes_of(self.clients, name),
            )
            .await;
            let found = self.record(link, reading, found)?;
            let attributes = self.record(link, reading, attributes)?;
            Ok(match (found, attributes) {
                (Lookup::Found(found), Lookup::Found(attributes)) => {
                    Lookup::Found((found, attributes))
                }
                (Lookup::NotChecked, _) | (_, Lookup::NotChecked) => Lookup::NotChecked,
                _ => Lookup::Missing,
            })
        };
        let (mapping, found) = try_join(mapping, found).await?;
        let mapping = mapping.map(mapping_snapshot);
        let (found, attributes) = match found {
            Lookup::Found(found) => found,
            Lookup::Missing => return Ok((Lookup::Missing, mapping)),
            Lookup::NotChecked => return Ok((Lookup::NotChecked, mapping)),
        };
        let (buffer, is_ours, depth) = found;
        let key = async {
            match attributes.key {
                Some(id) if is_buffered => self.key(link, Reading::BufferKey, id).await.map(Some),
                _ => Ok(None),
            }
        };
        let last_failure = async {
            if depth.messages == 0 || !is_buffered {
                return Ok(Lookup::NotChecked);
            }
            let since = SystemTime::now() - RECENTLY;
            let lines = log_group::lines(self.clients, &names.log_group, "failed", since).await;
            let lines = self.record(link, Reading::LastFailure, lines.map(Some))?;
            Ok(match lines {
                Lookup::Found(lines) => last_failure(&lines).map_or(Lookup::Missing, Lookup::Found),
                _ => Lookup::NotChecked,
            })
        };
        let age = match is_buffered {
            true => Reading::BufferAge,
            false => Reading::LeftOverBuffer,
        };
        let retention_s = buffer.retention_s.into();
        let contents = self.queue_contents(link, age, name, depth.messages, retention_s);
        let (key, last_failure, contents) = try_join3(key, last_failure, contents).await?;
        let age = contents.oldest_s.and_then(|age| i64::try_from(age).ok());
        let since = age.and_then(|age| {
            let now = Timestamp::try_from(SystemTime::now()).ok()?;
            now.checked_sub(SignedDuration::from_secs(age)).ok()
        });
        let found = BufferSnapshot {
            buffer,
            key,
            contents,
            since,
            last_failure,
        };
        Ok((Lookup::Found((found, is_ours)), mapping))
    }
}

fn mapping_snapshot(found: mapping::Found) -> MappingSnapshot {
    MappingSnapshot {
        mapping: found.mapping,
        state: found.state,
        last_result: found.last_result,
    }
}

/// Returns the reason of the last delivery that failed.
fn last_failure(lines: &[String]) -> Option<String> {
    let failed = lines.iter().filter_map(|line| {
        let line = LogLine::parse(line)?;
        match line.event {
            LogEvent::Failed(fields) => Some((line.timestamp, fields.reason?)),
            _ => None,
        }
    });
    // RFC 3339 in UTC sorts by itself.
    failed
        .max_by(|one, other| one.0.cmp(&other.0))
        .map(|(_, reason)| reason)
}
