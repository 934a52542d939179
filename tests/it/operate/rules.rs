//! What the owners of an account demand of everything that is created: a boundary, a path, tags, a role of theirs.

use aws_sdk_iam::Client as Iam;
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_sqs::Client as Sqs;

use crate::operate::chain::{Chain, FUNCTION};
use crate::typed::TRUST;
use testbed::fault::Fault;

const ROLE: &str = "ddalert-webhook-BadIoTDevices-us-east-1";

impl Chain {
    async fn boundary(&self) -> String {
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        let iam = Iam::new(&self.bed.config());
        let create = iam.create_policy().policy_name("boundary");
        let made = create.policy_document(policy).send().await;
        let policy = made.expect("a policy").policy.expect("it");
        policy.arn.expect("its ARN")
    }

    /// Deploys under every rule there is.
    fn deploy_by_rules(&self, boundary: &str) {
        self.deploy_hollow()
            .args(["--permissions-boundary", boundary])
            .args(["--role-path", "/teams/iot/"])
            .args(["--tag", "team=iot", "--tag", "cost center=a=b"])
            .output()
            .success();
    }

    async fn role(&self) -> aws_sdk_iam::types::Role {
        let region = &self.bed.account.region;
        let name = ROLE.replace("us-east-1", region);
        let get = Iam::new(&self.bed.config()).get_role().role_name(name);
        let found = get.send().await.expect("the role");
        found.role.expect("it")
    }

    async fn role_of_function(&self) -> String {
        let lambda = Lambda::new(&self.bed.config());
        let get = lambda.get_function_configuration().function_name(FUNCTION);
        get.send().await.expect("it").role.expect("a role")
    }

    /// Makes a role of somebody else's that a relay can use, and returns its ARN.
    async fn somebodys_role(&self, name: &str, trust: &str, actions: &str) -> String {
        let iam = Iam::new(&self.bed.config());
        let create = iam.create_role().role_name(name);
        let made = create.assume_role_policy_document(trust).send().await;
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{actions},"Resource":"*"}}]}}"#
        );
        let put = iam.put_role_policy().role_name(name).policy_name("theirs");
        put.policy_document(policy).send().await.expect("a policy");
        made.expect("a role").role.expect("it").arn
    }

    /// Runs it and returns what it says, having made sure that nothing was written.
    fn refused(&self, arguments: &[&str], exit: i32) -> String {
        self.bed.proxy.forget_calls();
        let said = self.deploy_hollow().args(arguments).output().failure(exit);
        assert_eq!(self.bed.proxy.writes().len(), 0, "{said}");
        said
    }
}

#[tokio::test]
async fn the_rules_of_the_account_are_kept_and_stay_kept() {
    let chain = Chain::new().await;
    let boundary_arn = chain.boundary().await;
    chain.deploy_by_rules(&boundary_arn);
    let role = chain.role().await;
    assert_eq!(role.path(), "/teams/iot/");
    let boundary = role.permissions_boundary().expect("a boundary");
    let held = boundary.permissions_boundary_arn();
    assert_eq!(held, Some(boundary_arn.as_str()));
    let tagged = role.tags().iter().any(|tag| tag.key() == "cost center");
    assert!(tagged, "{:?}", role.tags());
    assert_eq!(chain.role_of_function().await, role.arn());

    // A later run that says nothing of it has nothing to change, and makes anew under the same rules what is lost.
    chain.assert_complete("a deploy by rules");
    let sqs = Sqs::new(&chain.bed.config());
    let queue = format!("{FUNCTION}-failed");
    let url = sqs.get_queue_url().queue_name(&queue).send().await;
    let url = url.expect("a queue").queue_url.expect("its URL");
    let gone = sqs.delete_queue().queue_url(&url).send().await;
    gone.expect("no queue");
    chain.deploy_hollow().output().success();
    let tags = sqs.list_queue_tags().queue_url(&url).send().await;
    let tags = tags.expect("tags").tags.unwrap_or_default();
    assert_eq!(tags.get("cost center").map(String::as_str), Some("a=b"));

    let said = chain.refused(&["--role-path", "/other/"], 2);
    assert!(said.contains("exists with the path /teams/iot/"), "{said}");
    let chained = chain.ddalert(&["remove", "--all", "--yes"]);
    chained.output().success();
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anything_is_changed() {
    let chain = Chain::new().await;
    for (arguments, words) in [
        (["--role-path", "teams"], "is not a path of IAM"),
        (["--tag", "team"], "is not KEY=VALUE"),
        (["--tag", "aws:team=iot"], "is reserved"),
        (["--tag", "managed-by=me"], "is reserved"),
        (
            ["--permissions-boundary", "boundary"],
            "is not the ARN of an IAM policy",
        ),
        (
            [
                "--permissions-boundary",
                "arn:aws:iam::210987654321:policy/p",
            ],
            "is not in the account",
        ),
        (["--role", "r"], "is not the ARN of an IAM role"),
    ] {
        let said = chain.refused(&arguments, 2);
        assert!(said.contains(words), "{said}");
    }
    let said = chain.refused(&["--tag", "team=a", "--tag", "Team=b"], 2);
    assert!(said.contains("is given twice"), "{said}");
    let none = chain.bed.account.arn("iam", "policy/none");
    let said = chain.refused(&["--permissions-boundary", &none], 1);
    assert!(said.contains("there is no policy"), "{said}");
    let there_is_none = chain.bed.account.arn("iam", "role/none");
    let said = chain.refused(&["--role", &there_is_none], 1);
    assert!(said.contains("there is no role"), "{said}");
}

#[tokio::test]
async fn a_role_of_somebody_else_is_checked_used_and_left_alone() {
    let chain = Chain::new().await;
    let all = r#"["logs:*","sqs:*","secretsmanager:*"]"#;
    let iot = TRUST.replace("lambda", "iot");
    let wrong = chain.somebodys_role("wrong", &iot, all).await;
    let said = chain.refused(&["--role", &wrong], 1);
    assert!(
        said.contains("lambda.amazonaws.com cannot assume"),
        "{said}"
    );
    let poor = chain.somebodys_role("poor", TRUST, r#"["logs:*"]"#).await;
    let said = chain.refused(&["--role", &poor], 1);
    assert!(said.contains("sqs:SendMessage on arn:"), "{said}");

    let good = chain.somebodys_role("good", TRUST, all).await;
    chain.bed.proxy.forget_calls();
    let deployed = chain.deploy_hollow().args(["--role", &good]).output();
    deployed.success();
    let touched = |chain: &Chain| {
        let writes = chain.bed.proxy.writes();
        writes.iter().filter(|call| call.service == "iam").count()
    };
    assert_eq!(touched(&chain), 0);
    assert_eq!(chain.role_of_function().await, good);
    chain.assert_complete("a deploy with a given role");

    // Where nobody may look, that is said and it goes on.
    let proxy = &chain.bed.proxy;
    let simulate = "iam:SimulatePrincipalPolicy";
    proxy.on(simulate).fail(Fault::AccessDenied);
    let again = chain.deploy_hollow().args(["--role", &good]).output();
    assert!(again.status.success(), "{again}");
    assert!(again.stderr.contains("was not checked"), "{again}");
    proxy.heal();

    let remove = ["remove", "--all", "--yes"];
    chain.ddalert(&remove).output().success();
    assert_eq!(touched(&chain), 0);
    let iam = Iam::new(&chain.bed.config());
    let there = iam.get_role().role_name("good").send().await;
    there.expect("it is still there");
}

#[tokio::test]
async fn device_defenders_role_follows_the_rules() {
    let chain = Chain::new().await;
    let behaviors = serde_json::json!({ "behaviors": [] });
    chain.bed.proxy.model().at(&chain.bed.account, |here| {
        here.iot.add_profile("sensors", &behaviors);
    });
    let connect = |more: &[&str]| {
        let connect = ["connect", "--profile-name", "sensors", "--yes"];
        chain.ddalert(&connect).args(more).output()
    };
    let boundary = chain.boundary().await;
    let rules = [
        "--role-path",
        "/teams/",
        "--permissions-boundary",
        &boundary,
    ];
    connect(&rules).success();
    let target = || {
        let model = chain.bed.proxy.model();
        let profile = model.at(&chain.bed.account, |here| here.iot.profile("sensors"));
        let profile = profile.expect("the profile");
        let role = &profile["alertTargets"]["SNS"]["roleArn"];
        role.as_str().unwrap_or_default().to_owned()
    };
    assert!(target().contains(":role/teams/ddalert-connect-"));
    let again = connect(&[]).success();
    assert!(again.contains("Nothing to change"), "{again}");

    let publish = r#"["sns:Publish"]"#;
    let iot = TRUST.replace("lambda", "iot");
    let given = chain.somebodys_role("given", &iot, publish).await;
    connect(&["--role", &given]).success();
    assert_eq!(target(), given);
    let again = connect(&[]).success();
    assert!(again.contains("Nothing to change"), "{again}");
    let off = ["connect", "--disconnect", "--yes", "--role", &given];
    chain.ddalert(&off).output().success();
    assert_eq!(target(), "");
}
