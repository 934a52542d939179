//! The functions behind the topic, and what belongs to a relay of ours.

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use futures_util::future::{try_join, try_join_all};

use super::Inspection;
use crate::aws::scene::{Scene, ours};
use crate::aws::{Failure, function, log_group, queue, role, secret, tagged};
use crate::domain::checks::chain::{Chain, FailureQueue, Function, Link, Relay, Seen};
use crate::domain::names::{Names, SMS_TARGET, VERSION_TAG};
use crate::domain::wiring::{Environment, KMS_VARIABLE, PARAMETER_VARIABLE, SECRET_VARIABLE, Secret, TARGET_VARIABLE};

impl Inspection<'_> {
    pub(super) async fn function(&self, link: Link, arn: &str) -> Result<Seen<Function>, Failure> {
        let Some(name) = self.local(arn, "lambda").and_then(|resource| resource.strip_prefix("function:")) else {
            self.note(link, format!("looking at the function {arn}"), "it lies in another account or region".to_owned());
            return Ok(Seen::NotChecked);
        };
        let found = match self.see(link, function::get(self.clients, name).await)? {
            Seen::Found(found) => found,
            Seen::Missing => return Ok(Seen::Missing),
            Seen::NotChecked => return Ok(Seen::NotChecked),
        };
        let policy = function::policy(self.clients, name).await;
        let policy = self.see(link, policy.map(|policy| Some(policy).filter(|policy| !policy.is_null())))?;
        let relay = self.relay(link, name, &found).await?;
        let Some(configuration) = found.configuration() else { return Ok(Seen::NotChecked) };
        let architecture = configuration.architectures().first().map_or("x86_64", |architecture| architecture.as_str());
        Ok(Seen::Found(Function {
            name: name.to_owned(),
            runtime: configuration.runtime().map(|runtime| runtime.as_str().to_owned()).unwrap_or_default(),
            architecture: architecture.to_owned(),
            state: configuration.state().map(|state| state.as_str().to_owned()).unwrap_or_default(),
            state_reason: configuration.state_reason().map(str::to_owned),
            last_update: configuration.last_update_status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
            last_update_reason: configuration.last_update_status_reason().map(str::to_owned),
            reserved_concurrency: found.concurrency().and_then(|concurrency| concurrency.reserved_concurrent_executions()),
            policy,
            relay: relay.map(Box::new),
        }))
    }

    /// Reads what belongs to the function, where it is a relay of ours.
    async fn relay(&self, link: Link, name: &str, found: &GetFunctionOutput) -> Result<Option<Relay>, Failure> {
        let Some(configuration) = found.configuration() else { return Ok(None) };
        let variables = function::variables(configuration);
        let Some(target) = variables.get(TARGET_VARIABLE).cloned() else { return Ok(None) };
        let names = Names::new(&target, self.topic, self.place.clone(), Some(name));
        let scene = Scene { names: &names, topic: self.topic, phones: &[], values: false, decrypt: true };

        let mut secret_arn = None;
        let secret: Seen<Secret> = if variables.contains_key(SECRET_VARIABLE) {
            let stored = secret::in_secrets_manager(self.clients, &scene).await;
            self.see(
                link,
                stored.map(|stored| {
                    stored.map(|stored| {
                        secret_arn = Some(stored.arn);
                        stored.secret
                    })
                }),
            )?
        } else if variables.contains_key(PARAMETER_VARIABLE) {
            let stored = secret::in_ssm(self.clients, &scene).await;
            self.see(link, stored.map(|stored| stored.map(|(secret, _)| secret)))?
        } else {
            Seen::NotChecked
        };
        let encrypted = variables.contains_key(KMS_VARIABLE);
        let environment = function::environment(self.clients, &scene, variables.clone(), secret_arn.as_deref()).await;
        let environment: Environment = match self.see(link, environment.map(Some))? {
            Seen::Found(environment) => environment,
            // What cannot be decrypted is known to be there all the same.
            _ if encrypted => {
                let scene = Scene { decrypt: false, ..scene };
                function::environment(self.clients, &scene, variables, None).await?
            }
            _ => return Ok(None),
        };

        let role_name = configuration.role().and_then(|arn| arn.rsplit('/').next()).unwrap_or(&names.role).to_owned();
        let role = role::get(self.clients, &role_name, role::RELAY).await.map(|found| found.map(|(role, _)| role));
        let role = self.see(link, role)?;
        let other_policies = match role.found() {
            Some(_) => self.see(link, role::other_policies(self.clients, &role_name, role::RELAY).await.map(Some))?,
            None => Seen::NotChecked,
        };
        let places = try_join(
            async { self.see(link, log_group::observe(self.clients, &scene).await.map(|found| found.map(|(group, _)| group))) },
            async { self.see(link, queue::observe(self.clients, &scene).await) },
        );
        let (log_group, queue) = places.await?;
        let queue = match queue {
            Seen::Found((queue, _, depth)) => Seen::Found(FailureQueue { queue, messages: depth.messages }),
            Seen::Missing => Seen::Missing,
            Seen::NotChecked => Seen::NotChecked,
        };
        let asynchronous = self.see(link, function::asynchronous(self.clients, name).await)?;
        Ok(Some(Relay {
            target,
            version: found.tags().and_then(|tags| tags.get(VERSION_TAG)).cloned(),
            environment,
            asynchronous,
            role,
            other_policies,
            log_group,
            queue,
            secret,
            names,
        }))
    }

    /// Finds the relays of ours for this topic that are not subscribed to it, whatever they are called.
    pub(super) async fn strays(&self, chain: &Chain) -> Result<Vec<(String, String)>, Failure> {
        if chain.subscribers.found().is_none() {
            return Ok(Vec::new());
        }
        let tagged = tagged::functions(self.clients, self.topic).await.map(Some);
        let Seen::Found(names) = self.see(Link::Topic, tagged)? else { return Ok(Vec::new()) };
        let subscribed = |name: &String| chain.functions().any(|(_, _, function)| function.name == *name);
        let candidates = names.into_iter().filter(|name| !subscribed(name)).map(|name| async move {
            let Seen::Found(found) = self.see(Link::Topic, function::get(self.clients, &name).await)? else { return Ok(None) };
            let target =
                found.configuration().and_then(|configuration| function::variables(configuration).remove(TARGET_VARIABLE));
            let (_, is_ours) = ours(found.tags().into_iter().flatten());
            Ok::<_, Failure>(target.filter(|target| is_ours && target != SMS_TARGET).map(|target| (target, name)))
        });
        Ok(try_join_all(candidates).await?.into_iter().flatten().collect())
    }
}
