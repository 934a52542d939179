//! A role that was removed and made again leaves a function that cannot start: found by doctor, mended by a deploy.

use aws_sdk_iam::Client as Iam;
use aws_sdk_lambda::Client as Lambda;

use crate::operate::chain::{Chain, FUNCTION};
use crate::typed::TRUST;

impl Chain {
    fn role_name(&self) -> String {
        format!("{FUNCTION}-{}", self.bed.account.region)
    }

    async fn remove_role(&self) {
        let iam = Iam::new(&self.bed.config());
        let name = self.role_name();
        let policy = iam.delete_role_policy().role_name(&name);
        let policy = policy.policy_name("ddalert-relay").send().await;
        policy.expect("no policy");
        let role = iam.delete_role().role_name(&name).send().await;
        role.expect("no role");
    }

    /// Returns the roles that the function was given since the calls were forgotten, by their names.
    fn roles_given(&self) -> Vec<String> {
        let updates = self
            .bed
            .proxy
            .calls_of("lambda:UpdateFunctionConfiguration");
        let roles = updates.iter().filter_map(|call| {
            let body = call.json();
            let role = body["Role"].as_str()?.to_owned();
            role.rsplit('/').next().map(str::to_owned)
        });
        roles.collect()
    }

    async fn roles(&self) -> Vec<String> {
        let iam = Iam::new(&self.bed.config());
        let roles = iam.list_roles().send().await.expect("roles");
        let names = roles.roles().iter().map(|role| role.role_name().to_owned());
        names.collect()
    }
}

#[tokio::test]
async fn a_role_that_is_lost_is_made_again_and_the_grant_renewed() {
    let chain = Chain::new().await;
    chain.deploy_hollow().output().success();
    chain.remove_role().await;
    chain.bed.proxy.forget_calls();
    let planned = chain.deploy_hollow().args(["--dry-run"]).output().success();
    assert!(
        planned.contains(&format!("update function {FUNCTION}: key grant")),
        "{planned}"
    );
    chain.deploy_hollow().output().success();
    let own = chain.role_name();
    assert_eq!(chain.roles_given(), [format!("{own}.renewal"), own.clone()]);
    assert_eq!(chain.roles().await, [own]);
    chain.assert_complete("the role was made again");
}

#[tokio::test]
async fn a_role_that_somebody_made_again_is_found_and_mended() {
    let chain = Chain::new().await;
    chain.deploy_hollow().output().success();
    chain.remove_role().await;
    // IAM and Lambda give times that are compared in whole seconds.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let iam = Iam::new(&chain.bed.config());
    let create = iam.create_role().role_name(chain.role_name());
    let created = create.assume_role_policy_document(TRUST).send().await;
    created.expect("a role");
    let tag = |key: &str, value: &str| {
        let tag = aws_sdk_iam::types::Tag::builder().key(key).value(value);
        tag.build().expect("a tag")
    };
    let tagged = iam.tag_role().role_name(chain.role_name());
    let tagged = tagged.tags(tag("managed-by", "ddalert")).send().await;
    tagged.expect("a tag");

    let found = chain.ddalert(&["doctor"]).output();
    assert!(found.stdout.contains("DD068"), "{found}");
    chain.bed.proxy.forget_calls();
    chain.deploy_hollow().output().success();
    let own = chain.role_name();
    assert_eq!(chain.roles_given(), [format!("{own}.renewal"), own.clone()]);
    let found = chain.ddalert(&["doctor"]).output();
    assert!(!found.stdout.contains("DD068"), "{found}");

    // An interrupted run that left the function with the role between: the next one gives it its own, and removes the other.
    let between = format!("{own}.renewal");
    let create = iam.create_role().role_name(&between);
    let created = create.assume_role_policy_document(TRUST).send().await;
    let arn = created.expect("a role").role.expect("it").arn;
    let lambda = Lambda::new(&chain.bed.config());
    let update = lambda.update_function_configuration();
    let update = update.function_name(FUNCTION).role(arn).send().await;
    update.expect("an update");
    chain.deploy_hollow().output().success();
    assert_eq!(chain.roles().await, [own]);
}
