//! What only CloudWatch knows: the age of the oldest message in a queue, the most messages that a topic published at once, and what
//! text messages have cost this month.

use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricStat};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::response::Response;
use super::{AwsError, Clients};
use crate::arn::TopicArn;
use crate::chain::peak::{PEAK_DAYS, PEAK_PERIOD_S};

/// How far back the age of a queue's oldest message is looked for: SQS reports to CloudWatch every minute, up to 15 minutes late
/// (SQS developer guide, "Monitoring queues with CloudWatch").
const AGE_WINDOW: Duration = Duration::from_secs(3600);
/// The periods of these two metrics, in seconds.
const AGE_PERIOD_S: i32 = 60;
const SPENT_PERIOD_S: i32 = 3600;
/// How long the peak of a topic is waited for at most: it is only advice.
const PEAK_TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the age of the oldest message in a queue, or `None` where CloudWatch has no data yet.
///
/// # Errors
/// The metric cannot be read.
pub(super) async fn oldest_message(
    clients: &Clients,
    queue: &str,
) -> Result<Option<Duration>, AwsError> {
    let task =
        format!("reading the age of the oldest message in the queue {queue} from CloudWatch");
    let metric = Metric::builder()
        .namespace("AWS/SQS")
        .metric_name("ApproximateAgeOfOldestMessage");
    let metric = metric
        .dimensions(Dimension::builder().name("QueueName").value(queue).build())
        .build();
    let age = latest(
        clients,
        metric,
        AGE_PERIOD_S,
        (SystemTime::now() - AGE_WINDOW).into(),
        &task,
    )
    .await?;
    Ok(age.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
}

/// Returns the most messages that a topic published within [`PEAK_PERIOD_S`] in the last [`PEAK_DAYS`] days, 0 if it published none;
/// `None` if that cannot be read, or not within a few seconds (SNS developer guide, "Monitoring Amazon SNS topics using CloudWatch").
pub async fn peak(clients: &Clients, topic: &TopicArn) -> Option<u64> {
    let metric = Metric::builder()
        .namespace("AWS/SNS")
        .metric_name("NumberOfMessagesPublished");
    let named = Dimension::builder().name("TopicName").value(&topic.name);
    let metric = metric.dimensions(named.build()).build();
    let days = Duration::from_secs(u64::from(PEAK_DAYS) * 24 * 3600);
    let points = points(
        clients,
        metric,
        ("Sum", i32::try_from(PEAK_PERIOD_S).ok()?),
        (SystemTime::now() - days).into(),
        "reading the messages that the topic published from CloudWatch",
    );
    let points = tokio::time::timeout(PEAK_TIMEOUT, points)
        .await
        .ok()?
        .ok()?;
    let most = points
        .into_iter()
        .map(|(_, value)| value)
        .fold(0.0, f64::max);
    // The cast saturates; a count has no fraction.
    Some(most as u64)
}

/// Returns what text messages from this region have cost since the month began, in US dollars, or `None` where CloudWatch has
/// no data (SNS developer guide, "Viewing SMS metrics in CloudWatch": the metric has no dimensions).
///
/// # Errors
/// The metric cannot be read.
pub(super) async fn spent_on_texts(clients: &Clients) -> Result<Option<f64>, AwsError> {
    let task = "reading this month's SMS spend from CloudWatch";
    let now =
        Timestamp::try_from(SystemTime::now()).map_err(|error| AwsError::local(task, error))?;
    let month = beginning_of_month(now).map_err(|error| AwsError::local(task, error))?;
    let metric = Metric::builder()
        .namespace("AWS/SNS")
        .metric_name("SMSMonthToDateSpentUSD")
        .build();
    latest(
        clients,
        metric,
        SPENT_PERIOD_S,
        DateTime::from_secs(month.as_second()),
        task,
    )
    .await
}

/// Returns when the month of `now` began, in UTC as AWS bills it.
fn beginning_of_month(now: Timestamp) -> Result<Timestamp, jiff::Error> {
    let first = now.to_zoned_datetime(TimeZone::UTC).first_of_month()?;
    Ok(first.start_of_day()?.timestamp())
}

/// Returns the latest maximum of a metric since `since`.
async fn latest(
    clients: &Clients,
    metric: Metric,
    period_s: i32,
    since: DateTime,
    task: &str,
) -> Result<Option<f64>, AwsError> {
    let points = points(clients, metric, ("Maximum", period_s), since, task).await?;
    Ok(points
        .into_iter()
        .max_by_key(|(at, _)| at.secs())
        .map(|(_, value)| value))
}

/// Returns a statistic of a metric for each period since `since`, in no certain order.
async fn points(
    clients: &Clients,
    metric: Metric,
    (statistic, period_s): (&str, i32),
    since: DateTime,
    task: &str,
) -> Result<Vec<(DateTime, f64)>, AwsError> {
    let stat = MetricStat::builder()
        .metric(metric)
        .period(period_s)
        .stat(statistic)
        .build();
    let query = MetricDataQuery::builder()
        .id("latest")
        .metric_stat(stat)
        .build();
    let asked = clients.metrics.get_metric_data().metric_data_queries(query);
    let asked = asked
        .start_time(since)
        .end_time(DateTime::from(SystemTime::now()))
        .into_paginator()
        .send();
    let pages: Result<Vec<_>, _> = asked.collect().await;
    let pages = pages.or_error("cloudwatch:GetMetricData", task)?;
    let results = pages.iter().flat_map(|page| page.metric_data_results());
    let points = results.flat_map(|result| result.timestamps().iter().zip(result.values()));
    Ok(points.map(|(at, value)| (*at, *value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_begins_on_its_first_day() {
        for (now, month) in [
            ("2026-11-24T21:55:00Z", "2026-11-01T00:00:00Z"),
            ("2026-12-01T00:00:00Z", "2026-12-01T00:00:00Z"),
            ("2028-02-29T23:59:59.999Z", "2028-02-01T00:00:00Z"),
        ] {
            let now = now.parse().expect("a time");
            assert_eq!(beginning_of_month(now).expect("a month").to_string(), month);
        }
    }
}
