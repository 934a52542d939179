# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_ddalert_global_optspecs
    string join \n topic= region= profile= endpoint-url= output= q/quiet v/verbose h/help V/version
end

function __fish_ddalert_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_ddalert_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_ddalert_using_subcommand
    set -l cmd (__fish_ddalert_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c ddalert -n "__fish_ddalert_needs_command" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_needs_command" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_needs_command" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_needs_command" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_needs_command" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_needs_command" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_needs_command" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_needs_command" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "deploy-chime" -d 'Deliver the topic\'s alerts to Amazon Chime'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "deploy-slack" -d 'Deliver the topic\'s alerts to Slack'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "deploy-teams" -d 'Deliver the topic\'s alerts to Microsoft Teams'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "deploy-google-chat" -d 'Deliver the topic\'s alerts to Google Chat'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "deploy-discord" -d 'Deliver the topic\'s alerts to Discord'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "deploy-pagerduty" -d 'Deliver the topic\'s alerts to PagerDuty'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "deploy-webhook" -d 'Deliver the topic\'s alerts to a webhook'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "subscribe-sms" -d 'Send the topic\'s alerts to phones by SMS'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "test-publish" -d 'Publish a test alert and follow it to every subscriber'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "doctor" -d 'Check the whole chain, from Device Defender to each room, and name what is broken'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "status" -d 'Show the topics with their subscribers, last alerts and failure queues at a glance'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "connect" -d 'Make Device Defender publish to the topic'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "replay" -d 'Deliver the alerts that the failure queues hold'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "rotate" -d 'Replace the webhook URL of a relay'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "remove" -d 'Remove what ddalert created on the topic, and nothing else'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "permissions" -d 'Print the IAM policy that a person needs to run ddalert'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "preview" -d 'Show what a room would get for an alert, offline and without credentials'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "completions" -d 'Print the completion script for a shell'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "version" -d 'Print the version of ddalert'
complete -c ddalert -n "__fish_ddalert_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l events -d 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]' -r -f -a "all\t''
in-alarm\t''
cleared\t''
invalidated\t''
audit\t''
audit-non-compliant\t''
finding\t''
other\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l filter-policy -d 'Deliver only what this SNS filter policy on the message body accepts; - is standard input' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l trigger -d 'What triggers the relay [default: what triggers it now, else sns]' -r -f -a "sns\t'the topic invokes the function for each alert'
sqs\t'a queue between topic and function collects alerts and keeps them while the room is down'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l keep-trying -d 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l digest-over -d 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l secret-store -d 'Where the webhook URL is kept [default: where it is now, else secrets-manager]' -r -f -a "secrets-manager\t'A secret in AWS Secrets Manager'
ssm\t'A SecureString parameter in AWS Systems Manager'
kms\t'Encrypted with your KMS key in the function\'s environment'
env\t'Plain in the function\'s environment: whoever may see the function sees it'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l kms-key -d 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l name -d 'The name of the function [default: ddalert-<target>-<topic>]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l relay -d 'The relay\'s binary [default: built into ddalert, else ddalert-relay beside it]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l architecture -d 'The function\'s architecture [default: what it has, else arm64 where ddalert has a relay for it]' -r -f -a "arm64\t''
x86_64\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l permissions-boundary -d 'The policy that limits every role that ddalert creates [default: what the role has]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l role-path -d 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l tag -d 'A tag of everything that takes tags (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l role -d 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l webhook-url-file -d 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l allow-host -d 'Accept a webhook URL with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l signing-secret-file -d 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l no-greeting -d 'Skip the greeting in the room'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l dry-run -d 'Print the plan and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l exit-code -d 'With --dry-run, exit with 3 where the plan has changes'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -s y -l yes -d 'Go ahead without asking'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -l no-signing -d 'Stop signing requests and remove the signing secret'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-chime" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l events -d 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]' -r -f -a "all\t''
in-alarm\t''
cleared\t''
invalidated\t''
audit\t''
audit-non-compliant\t''
finding\t''
other\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l filter-policy -d 'Deliver only what this SNS filter policy on the message body accepts; - is standard input' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l trigger -d 'What triggers the relay [default: what triggers it now, else sns]' -r -f -a "sns\t'the topic invokes the function for each alert'
sqs\t'a queue between topic and function collects alerts and keeps them while the room is down'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l keep-trying -d 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l digest-over -d 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l secret-store -d 'Where the webhook URL is kept [default: where it is now, else secrets-manager]' -r -f -a "secrets-manager\t'A secret in AWS Secrets Manager'
ssm\t'A SecureString parameter in AWS Systems Manager'
kms\t'Encrypted with your KMS key in the function\'s environment'
env\t'Plain in the function\'s environment: whoever may see the function sees it'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l kms-key -d 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l name -d 'The name of the function [default: ddalert-<target>-<topic>]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l relay -d 'The relay\'s binary [default: built into ddalert, else ddalert-relay beside it]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l architecture -d 'The function\'s architecture [default: what it has, else arm64 where ddalert has a relay for it]' -r -f -a "arm64\t''
x86_64\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l permissions-boundary -d 'The policy that limits every role that ddalert creates [default: what the role has]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l role-path -d 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l tag -d 'A tag of everything that takes tags (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l role -d 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l webhook-url-file -d 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l allow-host -d 'Accept a webhook URL with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l signing-secret-file -d 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l no-greeting -d 'Skip the greeting in the room'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l dry-run -d 'Print the plan and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l exit-code -d 'With --dry-run, exit with 3 where the plan has changes'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -s y -l yes -d 'Go ahead without asking'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -l no-signing -d 'Stop signing requests and remove the signing secret'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-slack" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l events -d 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]' -r -f -a "all\t''
in-alarm\t''
cleared\t''
invalidated\t''
audit\t''
audit-non-compliant\t''
finding\t''
other\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l filter-policy -d 'Deliver only what this SNS filter policy on the message body accepts; - is standard input' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l trigger -d 'What triggers the relay [default: what triggers it now, else sns]' -r -f -a "sns\t'the topic invokes the function for each alert'
sqs\t'a queue between topic and function collects alerts and keeps them while the room is down'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l keep-trying -d 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l digest-over -d 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l secret-store -d 'Where the webhook URL is kept [default: where it is now, else secrets-manager]' -r -f -a "secrets-manager\t'A secret in AWS Secrets Manager'
ssm\t'A SecureString parameter in AWS Systems Manager'
kms\t'Encrypted with your KMS key in the function\'s environment'
env\t'Plain in the function\'s environment: whoever may see the function sees it'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l kms-key -d 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l name -d 'The name of the function [default: ddalert-<target>-<topic>]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l relay -d 'The relay\'s binary [default: built into ddalert, else ddalert-relay beside it]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l architecture -d 'The function\'s architecture [default: what it has, else arm64 where ddalert has a relay for it]' -r -f -a "arm64\t''
x86_64\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l permissions-boundary -d 'The policy that limits every role that ddalert creates [default: what the role has]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l role-path -d 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l tag -d 'A tag of everything that takes tags (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l role -d 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l webhook-url-file -d 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l allow-host -d 'Accept a webhook URL with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l signing-secret-file -d 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l no-greeting -d 'Skip the greeting in the room'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l dry-run -d 'Print the plan and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l exit-code -d 'With --dry-run, exit with 3 where the plan has changes'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -s y -l yes -d 'Go ahead without asking'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -l no-signing -d 'Stop signing requests and remove the signing secret'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-teams" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l events -d 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]' -r -f -a "all\t''
in-alarm\t''
cleared\t''
invalidated\t''
audit\t''
audit-non-compliant\t''
finding\t''
other\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l filter-policy -d 'Deliver only what this SNS filter policy on the message body accepts; - is standard input' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l trigger -d 'What triggers the relay [default: what triggers it now, else sns]' -r -f -a "sns\t'the topic invokes the function for each alert'
sqs\t'a queue between topic and function collects alerts and keeps them while the room is down'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l keep-trying -d 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l digest-over -d 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l secret-store -d 'Where the webhook URL is kept [default: where it is now, else secrets-manager]' -r -f -a "secrets-manager\t'A secret in AWS Secrets Manager'
ssm\t'A SecureString parameter in AWS Systems Manager'
kms\t'Encrypted with your KMS key in the function\'s environment'
env\t'Plain in the function\'s environment: whoever may see the function sees it'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l kms-key -d 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l name -d 'The name of the function [default: ddalert-<target>-<topic>]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l relay -d 'The relay\'s binary [default: built into ddalert, else ddalert-relay beside it]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l architecture -d 'The function\'s architecture [default: what it has, else arm64 where ddalert has a relay for it]' -r -f -a "arm64\t''
x86_64\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l permissions-boundary -d 'The policy that limits every role that ddalert creates [default: what the role has]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l role-path -d 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l tag -d 'A tag of everything that takes tags (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l role -d 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l webhook-url-file -d 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l allow-host -d 'Accept a webhook URL with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l signing-secret-file -d 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l no-greeting -d 'Skip the greeting in the room'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l dry-run -d 'Print the plan and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l exit-code -d 'With --dry-run, exit with 3 where the plan has changes'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -s y -l yes -d 'Go ahead without asking'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -l no-signing -d 'Stop signing requests and remove the signing secret'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-google-chat" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l events -d 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]' -r -f -a "all\t''
in-alarm\t''
cleared\t''
invalidated\t''
audit\t''
audit-non-compliant\t''
finding\t''
other\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l filter-policy -d 'Deliver only what this SNS filter policy on the message body accepts; - is standard input' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l trigger -d 'What triggers the relay [default: what triggers it now, else sns]' -r -f -a "sns\t'the topic invokes the function for each alert'
sqs\t'a queue between topic and function collects alerts and keeps them while the room is down'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l keep-trying -d 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l digest-over -d 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l secret-store -d 'Where the webhook URL is kept [default: where it is now, else secrets-manager]' -r -f -a "secrets-manager\t'A secret in AWS Secrets Manager'
ssm\t'A SecureString parameter in AWS Systems Manager'
kms\t'Encrypted with your KMS key in the function\'s environment'
env\t'Plain in the function\'s environment: whoever may see the function sees it'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l kms-key -d 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l name -d 'The name of the function [default: ddalert-<target>-<topic>]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l relay -d 'The relay\'s binary [default: built into ddalert, else ddalert-relay beside it]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l architecture -d 'The function\'s architecture [default: what it has, else arm64 where ddalert has a relay for it]' -r -f -a "arm64\t''
x86_64\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l permissions-boundary -d 'The policy that limits every role that ddalert creates [default: what the role has]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l role-path -d 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l tag -d 'A tag of everything that takes tags (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l role -d 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l webhook-url-file -d 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l allow-host -d 'Accept a webhook URL with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l signing-secret-file -d 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l no-greeting -d 'Skip the greeting in the room'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l dry-run -d 'Print the plan and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l exit-code -d 'With --dry-run, exit with 3 where the plan has changes'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -s y -l yes -d 'Go ahead without asking'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -l no-signing -d 'Stop signing requests and remove the signing secret'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-discord" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l events -d 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]' -r -f -a "all\t''
in-alarm\t''
cleared\t''
invalidated\t''
audit\t''
audit-non-compliant\t''
finding\t''
other\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l filter-policy -d 'Deliver only what this SNS filter policy on the message body accepts; - is standard input' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l trigger -d 'What triggers the relay [default: what triggers it now, else sns]' -r -f -a "sns\t'the topic invokes the function for each alert'
sqs\t'a queue between topic and function collects alerts and keeps them while the room is down'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l keep-trying -d 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l digest-over -d 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l secret-store -d 'Where the webhook URL is kept [default: where it is now, else secrets-manager]' -r -f -a "secrets-manager\t'A secret in AWS Secrets Manager'
ssm\t'A SecureString parameter in AWS Systems Manager'
kms\t'Encrypted with your KMS key in the function\'s environment'
env\t'Plain in the function\'s environment: whoever may see the function sees it'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l kms-key -d 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l name -d 'The name of the function [default: ddalert-<target>-<topic>]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l relay -d 'The relay\'s binary [default: built into ddalert, else ddalert-relay beside it]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l architecture -d 'The function\'s architecture [default: what it has, else arm64 where ddalert has a relay for it]' -r -f -a "arm64\t''
x86_64\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l permissions-boundary -d 'The policy that limits every role that ddalert creates [default: what the role has]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l role-path -d 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l tag -d 'A tag of everything that takes tags (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l role -d 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l webhook-url-file -d 'Read the integration key from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l allow-host -d 'Accept a integration key with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l signing-secret-file -d 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l no-greeting -d 'Skip the greeting in the room'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l dry-run -d 'Print the plan and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l exit-code -d 'With --dry-run, exit with 3 where the plan has changes'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -s y -l yes -d 'Go ahead without asking'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -l no-signing -d 'Stop signing requests and remove the signing secret'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-pagerduty" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l events -d 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]' -r -f -a "all\t''
in-alarm\t''
cleared\t''
invalidated\t''
audit\t''
audit-non-compliant\t''
finding\t''
other\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l filter-policy -d 'Deliver only what this SNS filter policy on the message body accepts; - is standard input' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l trigger -d 'What triggers the relay [default: what triggers it now, else sns]' -r -f -a "sns\t'the topic invokes the function for each alert'
sqs\t'a queue between topic and function collects alerts and keeps them while the room is down'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l keep-trying -d 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l digest-over -d 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l secret-store -d 'Where the webhook URL is kept [default: where it is now, else secrets-manager]' -r -f -a "secrets-manager\t'A secret in AWS Secrets Manager'
ssm\t'A SecureString parameter in AWS Systems Manager'
kms\t'Encrypted with your KMS key in the function\'s environment'
env\t'Plain in the function\'s environment: whoever may see the function sees it'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l kms-key -d 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l name -d 'The name of the function [default: ddalert-<target>-<topic>]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l relay -d 'The relay\'s binary [default: built into ddalert, else ddalert-relay beside it]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l architecture -d 'The function\'s architecture [default: what it has, else arm64 where ddalert has a relay for it]' -r -f -a "arm64\t''
x86_64\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l permissions-boundary -d 'The policy that limits every role that ddalert creates [default: what the role has]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l role-path -d 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l tag -d 'A tag of everything that takes tags (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l role -d 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l webhook-url-file -d 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l allow-host -d 'Accept this host even if it is private or local: a server within the function\'s VPC, a test server (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l signing-secret-file -d 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l no-greeting -d 'Skip the greeting in the room'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l dry-run -d 'Print the plan and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l exit-code -d 'With --dry-run, exit with 3 where the plan has changes'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -s y -l yes -d 'Go ahead without asking'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -l no-signing -d 'Stop signing requests and remove the signing secret'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand deploy-webhook" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l country -d 'The country of numbers that do not start with +, two letters such as US' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l relay -d 'The relay\'s binary [default: built into ddalert, else ddalert-relay beside it]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l architecture -d 'The function\'s architecture [default: what it has, else arm64 where ddalert has a relay for it]' -r -f -a "arm64\t''
x86_64\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l sms-region -d 'The region that sends the texts of --readable [default: the one in use, else the topic\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l events -d 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]' -r -f -a "all\t''
in-alarm\t''
cleared\t''
invalidated\t''
audit\t''
audit-non-compliant\t''
finding\t''
other\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l filter-policy -d 'Deliver only what this SNS filter policy on the message body accepts; - is standard input' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l trigger -d 'What triggers the relay [default: what triggers it now, else sns]' -r -f -a "sns\t'the topic invokes the function for each alert'
sqs\t'a queue between topic and function collects alerts and keeps them while the room is down'"
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l keep-trying -d 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l digest-over -d 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l otp -d 'The one-time password that a phone was sent; with several phones PHONE=CODE' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l delivery-status-role -d 'The role that SNS writes these logs with, if somebody else made it [default: one that ddalert creates]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l language -d 'The language of the one-time password\'s message' -r -f -a "en-US\t''
en-GB\t''
es-419\t''
es-ES\t''
de-DE\t''
fr-CA\t''
fr-FR\t''
it-IT\t''
ja-JP\t''
pt-BR\t''
kr-KR\t''
zh-CN\t''
zh-TW\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l permissions-boundary -d 'The policy that limits every role that ddalert creates [default: what the role has]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l role-path -d 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l tag -d 'A tag of everything that takes tags (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l role -d 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l subscribed -d 'Use the phones that get the alerts already: with --readable all of them, else those that are subscribed raw'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l readable -d 'Deploy a relay that sends one short text instead of raw JSON'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l list -d 'List the phones of the topic and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l opt-in -d 'Opt in again the numbers whose owners had opted out, with their consent'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l transactional -d 'Make Transactional the account\'s default SMS type'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l new-otp -d 'Send another one-time password, 15 minutes after the last at the earliest'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l enable-delivery-status -d 'Let SNS log the carrier\'s answer to every text of the account, so that test-publish can show it'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l disable-delivery-status -d 'Undo --enable-delivery-status'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l show-numbers -d 'Show phone numbers in full'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l dry-run -d 'Print the plan and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -l exit-code -d 'With --dry-run, exit with 3 where the plan has changes'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -s y -l yes -d 'Go ahead without asking'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand subscribe-sms" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -l file -d 'Publish this file instead of the sample alert; - is standard input' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -l kind -d 'The kind of sample alert' -r -f -a "in-alarm\t'A static threshold was exceeded: the workshop\'s test message'
cleared\t'An alarm cleared'
invalidated\t'An alarm was invalidated as a false positive'
ml\t'An ML Detect model was violated'
statistical\t'A statistical threshold with a dimension was exceeded'
ports\t'A port outside the allowed set was open'
source-ip\t'A denied source IP address was seen'
custom-metric\t'A custom metric\'s threshold was exceeded'
disconnect\t'A device was disconnected for too long'
audit\t'An audit with a non-compliant check'
audit-compliant\t'An audit in which every check is compliant'
finding\t'A single audit finding'"
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -l timeout -d 'How long the whole run may take: 20, 20s, 2m or 1h30m' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -l no-wait -d 'Publish only; do not wait for the relays'
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -l show-numbers -d 'Show phone numbers in full'
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand test-publish" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand doctor" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand doctor" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand doctor" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand doctor" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand doctor" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand doctor" -l strict -d 'Exit with 1 also on warnings'
complete -c ddalert -n "__fish_ddalert_using_subcommand doctor" -l live -d 'Also send one test alert, as test-publish does, and show how long each hop takes'
complete -c ddalert -n "__fish_ddalert_using_subcommand doctor" -l show-numbers -d 'Show phone numbers in full'
complete -c ddalert -n "__fish_ddalert_using_subcommand doctor" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand doctor" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand doctor" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand status" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand status" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand status" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand status" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand status" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand status" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand status" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand status" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l profile-name -d 'Send the alerts of this security profile to the topic (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l permissions-boundary -d 'The policy that limits every role that ddalert creates [default: what the role has]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l role-path -d 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l tag -d 'A tag of everything that takes tags (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l role -d 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l all-profiles -d 'Send the alerts of every security profile of the region'
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l audit -d 'Send the results of audits'
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l disconnect -d 'Remove the topic from what this command connected: from everything, or only from the profiles and --audit that you name'
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l replace -d 'Overwrite another topic or role that is set already'
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l new-topic -d 'Create the topic even if one with a similar name exists, or if --replace moves alerts to it'
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l dry-run -d 'Print the plan and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -l exit-code -d 'With --dry-run, exit with 3 where the plan has changes'
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -s y -l yes -d 'Go ahead without asking'
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand connect" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -l target -d 'Only the failure queue of this target: chime, slack, sms and so on (repeatable) [default: all]' -r -f -a "chime\t''
slack\t''
teams\t''
google-chat\t''
discord\t''
pagerduty\t''
webhook\t''
sms\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -l limit -d 'Take at most this many messages of each queue' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -l name -d 'The name of the function, if the relay was deployed with --name; needs one --target' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -l dry-run -d 'List what the queues hold and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -l discard -d 'Delete what the queues hold instead of delivering it'
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -s y -l yes -d 'Discard without asking'
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand replay" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l webhook-url-file -d 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l allow-host -d 'Accept a webhook URL with this host too: a proxy, a mirror, a test server (repeatable)' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l signing-secret-file -d 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l name -d 'The name of the function, if the relay was deployed with --name' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l no-signing -d 'Stop signing requests and remove the signing secret'
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l no-greeting -d 'Skip the greeting in the room'
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l dry-run -d 'Print the plan and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -l exit-code -d 'With --dry-run, exit with 3 where the plan has changes'
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -s y -l yes -d 'Go ahead without asking'
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand rotate" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -l name -d 'The name of the function, if the relay was deployed with --name' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -l all -d 'Remove everything that ddalert created on the topic'
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -l show-numbers -d 'Show phone numbers in full'
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -l discard-failed -d 'Remove a failure queue or a buffer even if it holds alerts that were not delivered'
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -l dry-run -d 'Print the plan and change nothing'
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -l exit-code -d 'With --dry-run, exit with 3 where the plan has changes'
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -s y -l yes -d 'Go ahead without asking'
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand remove" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -l command -d 'A command that the person is to run (repeatable) [default: all]' -r -f -a "deploy\t'Every deploy-… command'
subscribe-sms\t''
test-publish\t''
status\t''
doctor\t''
connect\t''
replay\t''
rotate\t''
remove\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -l account -d 'The account\'s 12 digits [default: that of the credentials]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -l sms-region -d 'The region that sends text messages [default: the topic\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -l kms-key -d 'The id of the KMS key of the topic or of the webhook URLs' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -l role-path -d 'The path of the roles that ddalert creates, if it is not /' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -l name -d 'The name of the function, if the relay is deployed with --name' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand permissions" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -l target -d 'The destination' -r -f -a "chime\t''
slack\t''
teams\t''
google-chat\t''
discord\t''
pagerduty\t''
webhook\t''
sms\t''"
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -l file -d 'The alert, as Device Defender publishes it; - is standard input' -r -F
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -l kind -d 'The kind of sample alert' -r -f -a "in-alarm\t'A static threshold was exceeded: the workshop\'s test message'
cleared\t'An alarm cleared'
invalidated\t'An alarm was invalidated as a false positive'
ml\t'An ML Detect model was violated'
statistical\t'A statistical threshold with a dimension was exceeded'
ports\t'A port outside the allowed set was open'
source-ip\t'A denied source IP address was seen'
custom-metric\t'A custom metric\'s threshold was exceeded'
disconnect\t'A device was disconnected for too long'
audit\t'An audit with a non-compliant check'
audit-compliant\t'An audit in which every check is compliant'
finding\t'A single audit finding'
storm\t'The workshop\'s behavior was violated by 212 devices at once, as a relay behind a buffer shows it'"
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -l test -d 'Mark it as a test alert'
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -l open -d 'Also draw the message on a page, open it in a browser, and for Slack and Teams, print where their online designers are'
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand preview" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand completions" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand completions" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand completions" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand completions" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand completions" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand completions" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand completions" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand completions" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand version" -l topic -d 'The SNS topic, by name or ARN; some commands take several' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand version" -l region -d 'The AWS region; some commands take several [default: AWS_REGION, the profile\'s, or the topic ARN\'s]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand version" -l profile -d 'The profile in the AWS configuration files [default: AWS_PROFILE]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand version" -l endpoint-url -d 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]' -r
complete -c ddalert -n "__fish_ddalert_using_subcommand version" -l output -d 'How the answer is written; json and junit are exactly one document on stdout' -r -f -a "text\t'For people'
json\t'One JSON document on stdout'
junit\t'A JUnit report (XML) on stdout, for pipelines; of test-publish and doctor'"
complete -c ddalert -n "__fish_ddalert_using_subcommand version" -s q -l quiet -d 'Print only the answer, warnings and errors'
complete -c ddalert -n "__fish_ddalert_using_subcommand version" -s v -l verbose -d 'Print each AWS call with its time and result; -vv also its parameters, without secrets'
complete -c ddalert -n "__fish_ddalert_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c ddalert -n "__fish_ddalert_using_subcommand version" -s V -l version -d 'Print version'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "deploy-chime" -d 'Deliver the topic\'s alerts to Amazon Chime'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "deploy-slack" -d 'Deliver the topic\'s alerts to Slack'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "deploy-teams" -d 'Deliver the topic\'s alerts to Microsoft Teams'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "deploy-google-chat" -d 'Deliver the topic\'s alerts to Google Chat'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "deploy-discord" -d 'Deliver the topic\'s alerts to Discord'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "deploy-pagerduty" -d 'Deliver the topic\'s alerts to PagerDuty'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "deploy-webhook" -d 'Deliver the topic\'s alerts to a webhook'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "subscribe-sms" -d 'Send the topic\'s alerts to phones by SMS'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "test-publish" -d 'Publish a test alert and follow it to every subscriber'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "doctor" -d 'Check the whole chain, from Device Defender to each room, and name what is broken'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "status" -d 'Show the topics with their subscribers, last alerts and failure queues at a glance'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "connect" -d 'Make Device Defender publish to the topic'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "replay" -d 'Deliver the alerts that the failure queues hold'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "rotate" -d 'Replace the webhook URL of a relay'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "remove" -d 'Remove what ddalert created on the topic, and nothing else'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "permissions" -d 'Print the IAM policy that a person needs to run ddalert'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "preview" -d 'Show what a room would get for an alert, offline and without credentials'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "completions" -d 'Print the completion script for a shell'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "version" -d 'Print the version of ddalert'
complete -c ddalert -n "__fish_ddalert_using_subcommand help; and not __fish_seen_subcommand_from deploy-chime deploy-slack deploy-teams deploy-google-chat deploy-discord deploy-pagerduty deploy-webhook subscribe-sms test-publish doctor status connect replay rotate remove permissions preview completions version help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
