
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'ddalert' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'ddalert'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'ddalert' {
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('deploy-chime', 'deploy-chime', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to Amazon Chime')
            [CompletionResult]::new('deploy-slack', 'deploy-slack', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to Slack')
            [CompletionResult]::new('deploy-teams', 'deploy-teams', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to Microsoft Teams')
            [CompletionResult]::new('deploy-google-chat', 'deploy-google-chat', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to Google Chat')
            [CompletionResult]::new('deploy-discord', 'deploy-discord', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to Discord')
            [CompletionResult]::new('deploy-pagerduty', 'deploy-pagerduty', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to PagerDuty')
            [CompletionResult]::new('deploy-webhook', 'deploy-webhook', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to a webhook')
            [CompletionResult]::new('subscribe-sms', 'subscribe-sms', [CompletionResultType]::ParameterValue, 'Send the topic''s alerts to phones by SMS')
            [CompletionResult]::new('test-publish', 'test-publish', [CompletionResultType]::ParameterValue, 'Publish a test alert and follow it to every subscriber')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check the whole chain, from Device Defender to each room, and name what is broken')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show the topics with their subscribers, last alerts and failure queues at a glance')
            [CompletionResult]::new('connect', 'connect', [CompletionResultType]::ParameterValue, 'Make Device Defender publish to the topic')
            [CompletionResult]::new('replay', 'replay', [CompletionResultType]::ParameterValue, 'Deliver the alerts that the failure queues hold')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Replace the webhook URL of a relay')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove what ddalert created on the topic, and nothing else')
            [CompletionResult]::new('permissions', 'permissions', [CompletionResultType]::ParameterValue, 'Print the IAM policy that a person needs to run ddalert')
            [CompletionResult]::new('preview', 'preview', [CompletionResultType]::ParameterValue, 'Show what a room would get for an alert, offline and without credentials')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script for a shell')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Print the version of ddalert')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ddalert;deploy-chime' {
            [CompletionResult]::new('--events', '--events', [CompletionResultType]::ParameterName, 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]')
            [CompletionResult]::new('--filter-policy', '--filter-policy', [CompletionResultType]::ParameterName, 'Deliver only what this SNS filter policy on the message body accepts; - is standard input')
            [CompletionResult]::new('--trigger', '--trigger', [CompletionResultType]::ParameterName, 'What triggers the relay [default: what triggers it now, else sns]')
            [CompletionResult]::new('--keep-trying', '--keep-trying', [CompletionResultType]::ParameterName, 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]')
            [CompletionResult]::new('--digest-over', '--digest-over', [CompletionResultType]::ParameterName, 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]')
            [CompletionResult]::new('--secret-store', '--secret-store', [CompletionResultType]::ParameterName, 'Where the webhook URL is kept [default: where it is now, else secrets-manager]')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the function [default: ddalert-<target>-<topic>]')
            [CompletionResult]::new('--relay', '--relay', [CompletionResultType]::ParameterName, 'The relay''s binary [default: built into ddalert, else ddalert-relay beside it]')
            [CompletionResult]::new('--architecture', '--architecture', [CompletionResultType]::ParameterName, 'The function''s architecture [default: what it has, else arm64 where ddalert has a relay for it]')
            [CompletionResult]::new('--permissions-boundary', '--permissions-boundary', [CompletionResultType]::ParameterName, 'The policy that limits every role that ddalert creates [default: what the role has]')
            [CompletionResult]::new('--role-path', '--role-path', [CompletionResultType]::ParameterName, 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A tag of everything that takes tags (repeatable)')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates')
            [CompletionResult]::new('--webhook-url-file', '--webhook-url-file', [CompletionResultType]::ParameterName, 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]')
            [CompletionResult]::new('--allow-host', '--allow-host', [CompletionResultType]::ParameterName, 'Accept a webhook URL with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)')
            [CompletionResult]::new('--signing-secret-file', '--signing-secret-file', [CompletionResultType]::ParameterName, 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--no-greeting', '--no-greeting', [CompletionResultType]::ParameterName, 'Skip the greeting in the room')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and change nothing')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run, exit with 3 where the plan has changes')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--no-signing', '--no-signing', [CompletionResultType]::ParameterName, 'Stop signing requests and remove the signing secret')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;deploy-slack' {
            [CompletionResult]::new('--events', '--events', [CompletionResultType]::ParameterName, 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]')
            [CompletionResult]::new('--filter-policy', '--filter-policy', [CompletionResultType]::ParameterName, 'Deliver only what this SNS filter policy on the message body accepts; - is standard input')
            [CompletionResult]::new('--trigger', '--trigger', [CompletionResultType]::ParameterName, 'What triggers the relay [default: what triggers it now, else sns]')
            [CompletionResult]::new('--keep-trying', '--keep-trying', [CompletionResultType]::ParameterName, 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]')
            [CompletionResult]::new('--digest-over', '--digest-over', [CompletionResultType]::ParameterName, 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]')
            [CompletionResult]::new('--secret-store', '--secret-store', [CompletionResultType]::ParameterName, 'Where the webhook URL is kept [default: where it is now, else secrets-manager]')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the function [default: ddalert-<target>-<topic>]')
            [CompletionResult]::new('--relay', '--relay', [CompletionResultType]::ParameterName, 'The relay''s binary [default: built into ddalert, else ddalert-relay beside it]')
            [CompletionResult]::new('--architecture', '--architecture', [CompletionResultType]::ParameterName, 'The function''s architecture [default: what it has, else arm64 where ddalert has a relay for it]')
            [CompletionResult]::new('--permissions-boundary', '--permissions-boundary', [CompletionResultType]::ParameterName, 'The policy that limits every role that ddalert creates [default: what the role has]')
            [CompletionResult]::new('--role-path', '--role-path', [CompletionResultType]::ParameterName, 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A tag of everything that takes tags (repeatable)')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates')
            [CompletionResult]::new('--webhook-url-file', '--webhook-url-file', [CompletionResultType]::ParameterName, 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]')
            [CompletionResult]::new('--allow-host', '--allow-host', [CompletionResultType]::ParameterName, 'Accept a webhook URL with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)')
            [CompletionResult]::new('--signing-secret-file', '--signing-secret-file', [CompletionResultType]::ParameterName, 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--no-greeting', '--no-greeting', [CompletionResultType]::ParameterName, 'Skip the greeting in the room')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and change nothing')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run, exit with 3 where the plan has changes')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--no-signing', '--no-signing', [CompletionResultType]::ParameterName, 'Stop signing requests and remove the signing secret')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;deploy-teams' {
            [CompletionResult]::new('--events', '--events', [CompletionResultType]::ParameterName, 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]')
            [CompletionResult]::new('--filter-policy', '--filter-policy', [CompletionResultType]::ParameterName, 'Deliver only what this SNS filter policy on the message body accepts; - is standard input')
            [CompletionResult]::new('--trigger', '--trigger', [CompletionResultType]::ParameterName, 'What triggers the relay [default: what triggers it now, else sns]')
            [CompletionResult]::new('--keep-trying', '--keep-trying', [CompletionResultType]::ParameterName, 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]')
            [CompletionResult]::new('--digest-over', '--digest-over', [CompletionResultType]::ParameterName, 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]')
            [CompletionResult]::new('--secret-store', '--secret-store', [CompletionResultType]::ParameterName, 'Where the webhook URL is kept [default: where it is now, else secrets-manager]')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the function [default: ddalert-<target>-<topic>]')
            [CompletionResult]::new('--relay', '--relay', [CompletionResultType]::ParameterName, 'The relay''s binary [default: built into ddalert, else ddalert-relay beside it]')
            [CompletionResult]::new('--architecture', '--architecture', [CompletionResultType]::ParameterName, 'The function''s architecture [default: what it has, else arm64 where ddalert has a relay for it]')
            [CompletionResult]::new('--permissions-boundary', '--permissions-boundary', [CompletionResultType]::ParameterName, 'The policy that limits every role that ddalert creates [default: what the role has]')
            [CompletionResult]::new('--role-path', '--role-path', [CompletionResultType]::ParameterName, 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A tag of everything that takes tags (repeatable)')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates')
            [CompletionResult]::new('--webhook-url-file', '--webhook-url-file', [CompletionResultType]::ParameterName, 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]')
            [CompletionResult]::new('--allow-host', '--allow-host', [CompletionResultType]::ParameterName, 'Accept a webhook URL with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)')
            [CompletionResult]::new('--signing-secret-file', '--signing-secret-file', [CompletionResultType]::ParameterName, 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--no-greeting', '--no-greeting', [CompletionResultType]::ParameterName, 'Skip the greeting in the room')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and change nothing')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run, exit with 3 where the plan has changes')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--no-signing', '--no-signing', [CompletionResultType]::ParameterName, 'Stop signing requests and remove the signing secret')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;deploy-google-chat' {
            [CompletionResult]::new('--events', '--events', [CompletionResultType]::ParameterName, 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]')
            [CompletionResult]::new('--filter-policy', '--filter-policy', [CompletionResultType]::ParameterName, 'Deliver only what this SNS filter policy on the message body accepts; - is standard input')
            [CompletionResult]::new('--trigger', '--trigger', [CompletionResultType]::ParameterName, 'What triggers the relay [default: what triggers it now, else sns]')
            [CompletionResult]::new('--keep-trying', '--keep-trying', [CompletionResultType]::ParameterName, 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]')
            [CompletionResult]::new('--digest-over', '--digest-over', [CompletionResultType]::ParameterName, 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]')
            [CompletionResult]::new('--secret-store', '--secret-store', [CompletionResultType]::ParameterName, 'Where the webhook URL is kept [default: where it is now, else secrets-manager]')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the function [default: ddalert-<target>-<topic>]')
            [CompletionResult]::new('--relay', '--relay', [CompletionResultType]::ParameterName, 'The relay''s binary [default: built into ddalert, else ddalert-relay beside it]')
            [CompletionResult]::new('--architecture', '--architecture', [CompletionResultType]::ParameterName, 'The function''s architecture [default: what it has, else arm64 where ddalert has a relay for it]')
            [CompletionResult]::new('--permissions-boundary', '--permissions-boundary', [CompletionResultType]::ParameterName, 'The policy that limits every role that ddalert creates [default: what the role has]')
            [CompletionResult]::new('--role-path', '--role-path', [CompletionResultType]::ParameterName, 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A tag of everything that takes tags (repeatable)')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates')
            [CompletionResult]::new('--webhook-url-file', '--webhook-url-file', [CompletionResultType]::ParameterName, 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]')
            [CompletionResult]::new('--allow-host', '--allow-host', [CompletionResultType]::ParameterName, 'Accept a webhook URL with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)')
            [CompletionResult]::new('--signing-secret-file', '--signing-secret-file', [CompletionResultType]::ParameterName, 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--no-greeting', '--no-greeting', [CompletionResultType]::ParameterName, 'Skip the greeting in the room')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and change nothing')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run, exit with 3 where the plan has changes')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--no-signing', '--no-signing', [CompletionResultType]::ParameterName, 'Stop signing requests and remove the signing secret')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;deploy-discord' {
            [CompletionResult]::new('--events', '--events', [CompletionResultType]::ParameterName, 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]')
            [CompletionResult]::new('--filter-policy', '--filter-policy', [CompletionResultType]::ParameterName, 'Deliver only what this SNS filter policy on the message body accepts; - is standard input')
            [CompletionResult]::new('--trigger', '--trigger', [CompletionResultType]::ParameterName, 'What triggers the relay [default: what triggers it now, else sns]')
            [CompletionResult]::new('--keep-trying', '--keep-trying', [CompletionResultType]::ParameterName, 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]')
            [CompletionResult]::new('--digest-over', '--digest-over', [CompletionResultType]::ParameterName, 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]')
            [CompletionResult]::new('--secret-store', '--secret-store', [CompletionResultType]::ParameterName, 'Where the webhook URL is kept [default: where it is now, else secrets-manager]')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the function [default: ddalert-<target>-<topic>]')
            [CompletionResult]::new('--relay', '--relay', [CompletionResultType]::ParameterName, 'The relay''s binary [default: built into ddalert, else ddalert-relay beside it]')
            [CompletionResult]::new('--architecture', '--architecture', [CompletionResultType]::ParameterName, 'The function''s architecture [default: what it has, else arm64 where ddalert has a relay for it]')
            [CompletionResult]::new('--permissions-boundary', '--permissions-boundary', [CompletionResultType]::ParameterName, 'The policy that limits every role that ddalert creates [default: what the role has]')
            [CompletionResult]::new('--role-path', '--role-path', [CompletionResultType]::ParameterName, 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A tag of everything that takes tags (repeatable)')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates')
            [CompletionResult]::new('--webhook-url-file', '--webhook-url-file', [CompletionResultType]::ParameterName, 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]')
            [CompletionResult]::new('--allow-host', '--allow-host', [CompletionResultType]::ParameterName, 'Accept a webhook URL with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)')
            [CompletionResult]::new('--signing-secret-file', '--signing-secret-file', [CompletionResultType]::ParameterName, 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--no-greeting', '--no-greeting', [CompletionResultType]::ParameterName, 'Skip the greeting in the room')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and change nothing')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run, exit with 3 where the plan has changes')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--no-signing', '--no-signing', [CompletionResultType]::ParameterName, 'Stop signing requests and remove the signing secret')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;deploy-pagerduty' {
            [CompletionResult]::new('--events', '--events', [CompletionResultType]::ParameterName, 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]')
            [CompletionResult]::new('--filter-policy', '--filter-policy', [CompletionResultType]::ParameterName, 'Deliver only what this SNS filter policy on the message body accepts; - is standard input')
            [CompletionResult]::new('--trigger', '--trigger', [CompletionResultType]::ParameterName, 'What triggers the relay [default: what triggers it now, else sns]')
            [CompletionResult]::new('--keep-trying', '--keep-trying', [CompletionResultType]::ParameterName, 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]')
            [CompletionResult]::new('--digest-over', '--digest-over', [CompletionResultType]::ParameterName, 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]')
            [CompletionResult]::new('--secret-store', '--secret-store', [CompletionResultType]::ParameterName, 'Where the webhook URL is kept [default: where it is now, else secrets-manager]')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the function [default: ddalert-<target>-<topic>]')
            [CompletionResult]::new('--relay', '--relay', [CompletionResultType]::ParameterName, 'The relay''s binary [default: built into ddalert, else ddalert-relay beside it]')
            [CompletionResult]::new('--architecture', '--architecture', [CompletionResultType]::ParameterName, 'The function''s architecture [default: what it has, else arm64 where ddalert has a relay for it]')
            [CompletionResult]::new('--permissions-boundary', '--permissions-boundary', [CompletionResultType]::ParameterName, 'The policy that limits every role that ddalert creates [default: what the role has]')
            [CompletionResult]::new('--role-path', '--role-path', [CompletionResultType]::ParameterName, 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A tag of everything that takes tags (repeatable)')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates')
            [CompletionResult]::new('--webhook-url-file', '--webhook-url-file', [CompletionResultType]::ParameterName, 'Read the integration key from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]')
            [CompletionResult]::new('--allow-host', '--allow-host', [CompletionResultType]::ParameterName, 'Accept a integration key with this host, or this port of it, too: a proxy, a mirror, a test server (repeatable)')
            [CompletionResult]::new('--signing-secret-file', '--signing-secret-file', [CompletionResultType]::ParameterName, 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--no-greeting', '--no-greeting', [CompletionResultType]::ParameterName, 'Skip the greeting in the room')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and change nothing')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run, exit with 3 where the plan has changes')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--no-signing', '--no-signing', [CompletionResultType]::ParameterName, 'Stop signing requests and remove the signing secret')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;deploy-webhook' {
            [CompletionResult]::new('--events', '--events', [CompletionResultType]::ParameterName, 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]')
            [CompletionResult]::new('--filter-policy', '--filter-policy', [CompletionResultType]::ParameterName, 'Deliver only what this SNS filter policy on the message body accepts; - is standard input')
            [CompletionResult]::new('--trigger', '--trigger', [CompletionResultType]::ParameterName, 'What triggers the relay [default: what triggers it now, else sns]')
            [CompletionResult]::new('--keep-trying', '--keep-trying', [CompletionResultType]::ParameterName, 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]')
            [CompletionResult]::new('--digest-over', '--digest-over', [CompletionResultType]::ParameterName, 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]')
            [CompletionResult]::new('--secret-store', '--secret-store', [CompletionResultType]::ParameterName, 'Where the webhook URL is kept [default: where it is now, else secrets-manager]')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'The KMS key that encrypts the webhook URL, for --secret-store kms: id, alias or ARN')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the function [default: ddalert-<target>-<topic>]')
            [CompletionResult]::new('--relay', '--relay', [CompletionResultType]::ParameterName, 'The relay''s binary [default: built into ddalert, else ddalert-relay beside it]')
            [CompletionResult]::new('--architecture', '--architecture', [CompletionResultType]::ParameterName, 'The function''s architecture [default: what it has, else arm64 where ddalert has a relay for it]')
            [CompletionResult]::new('--permissions-boundary', '--permissions-boundary', [CompletionResultType]::ParameterName, 'The policy that limits every role that ddalert creates [default: what the role has]')
            [CompletionResult]::new('--role-path', '--role-path', [CompletionResultType]::ParameterName, 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A tag of everything that takes tags (repeatable)')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates')
            [CompletionResult]::new('--webhook-url-file', '--webhook-url-file', [CompletionResultType]::ParameterName, 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]')
            [CompletionResult]::new('--allow-host', '--allow-host', [CompletionResultType]::ParameterName, 'Accept this host even if it is private or local: a server within the function''s VPC, a test server (repeatable)')
            [CompletionResult]::new('--signing-secret-file', '--signing-secret-file', [CompletionResultType]::ParameterName, 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--no-greeting', '--no-greeting', [CompletionResultType]::ParameterName, 'Skip the greeting in the room')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and change nothing')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run, exit with 3 where the plan has changes')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--no-signing', '--no-signing', [CompletionResultType]::ParameterName, 'Stop signing requests and remove the signing secret')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;subscribe-sms' {
            [CompletionResult]::new('--country', '--country', [CompletionResultType]::ParameterName, 'The country of numbers that do not start with +, two letters such as US')
            [CompletionResult]::new('--relay', '--relay', [CompletionResultType]::ParameterName, 'The relay''s binary [default: built into ddalert, else ddalert-relay beside it]')
            [CompletionResult]::new('--architecture', '--architecture', [CompletionResultType]::ParameterName, 'The function''s architecture [default: what it has, else arm64 where ddalert has a relay for it]')
            [CompletionResult]::new('--sms-region', '--sms-region', [CompletionResultType]::ParameterName, 'The region that sends the texts of --readable [default: the one in use, else the topic''s]')
            [CompletionResult]::new('--events', '--events', [CompletionResultType]::ParameterName, 'Deliver only these kinds of events; all removes the filter policy [default: unchanged]')
            [CompletionResult]::new('--filter-policy', '--filter-policy', [CompletionResultType]::ParameterName, 'Deliver only what this SNS filter policy on the message body accepts; - is standard input')
            [CompletionResult]::new('--trigger', '--trigger', [CompletionResultType]::ParameterName, 'What triggers the relay [default: what triggers it now, else sns]')
            [CompletionResult]::new('--keep-trying', '--keep-trying', [CompletionResultType]::ParameterName, 'How long an alert that the room does not take is tried, such as 24h, 90m or 2h30m, for --trigger sqs [default: as long as now, else 24h]')
            [CompletionResult]::new('--digest-over', '--digest-over', [CompletionResultType]::ParameterName, 'How many alerts of one kind, security profile and behavior a batch posts one by one; more become one message, a digest; 0 is never, for --trigger sqs [default: as many as now, else 3]')
            [CompletionResult]::new('--otp', '--otp', [CompletionResultType]::ParameterName, 'The one-time password that a phone was sent; with several phones PHONE=CODE')
            [CompletionResult]::new('--delivery-status-role', '--delivery-status-role', [CompletionResultType]::ParameterName, 'The role that SNS writes these logs with, if somebody else made it [default: one that ddalert creates]')
            [CompletionResult]::new('--language', '--language', [CompletionResultType]::ParameterName, 'The language of the one-time password''s message')
            [CompletionResult]::new('--permissions-boundary', '--permissions-boundary', [CompletionResultType]::ParameterName, 'The policy that limits every role that ddalert creates [default: what the role has]')
            [CompletionResult]::new('--role-path', '--role-path', [CompletionResultType]::ParameterName, 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A tag of everything that takes tags (repeatable)')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--subscribed', '--subscribed', [CompletionResultType]::ParameterName, 'Use the phones that get the alerts already: with --readable all of them, else those that are subscribed raw')
            [CompletionResult]::new('--readable', '--readable', [CompletionResultType]::ParameterName, 'Deploy a relay that sends one short text instead of raw JSON')
            [CompletionResult]::new('--list', '--list', [CompletionResultType]::ParameterName, 'List the phones of the topic and change nothing')
            [CompletionResult]::new('--opt-in', '--opt-in', [CompletionResultType]::ParameterName, 'Opt in again the numbers whose owners had opted out, with their consent')
            [CompletionResult]::new('--transactional', '--transactional', [CompletionResultType]::ParameterName, 'Make Transactional the account''s default SMS type')
            [CompletionResult]::new('--new-otp', '--new-otp', [CompletionResultType]::ParameterName, 'Send another one-time password, 15 minutes after the last at the earliest')
            [CompletionResult]::new('--enable-delivery-status', '--enable-delivery-status', [CompletionResultType]::ParameterName, 'Let SNS log the carrier''s answer to every text of the account, so that test-publish can show it')
            [CompletionResult]::new('--disable-delivery-status', '--disable-delivery-status', [CompletionResultType]::ParameterName, 'Undo --enable-delivery-status')
            [CompletionResult]::new('--show-numbers', '--show-numbers', [CompletionResultType]::ParameterName, 'Show phone numbers in full')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and change nothing')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run, exit with 3 where the plan has changes')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;test-publish' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Publish this file instead of the sample alert; - is standard input')
            [CompletionResult]::new('--kind', '--kind', [CompletionResultType]::ParameterName, 'The kind of sample alert')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'How long the whole run may take: 20, 20s, 2m or 1h30m')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--no-wait', '--no-wait', [CompletionResultType]::ParameterName, 'Publish only; do not wait for the relays')
            [CompletionResult]::new('--show-numbers', '--show-numbers', [CompletionResultType]::ParameterName, 'Show phone numbers in full')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;doctor' {
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit with 1 also on warnings')
            [CompletionResult]::new('--live', '--live', [CompletionResultType]::ParameterName, 'Also send one test alert, as test-publish does, and show how long each hop takes')
            [CompletionResult]::new('--show-numbers', '--show-numbers', [CompletionResultType]::ParameterName, 'Show phone numbers in full')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;status' {
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;connect' {
            [CompletionResult]::new('--profile-name', '--profile-name', [CompletionResultType]::ParameterName, 'Send the alerts of this security profile to the topic (repeatable)')
            [CompletionResult]::new('--permissions-boundary', '--permissions-boundary', [CompletionResultType]::ParameterName, 'The policy that limits every role that ddalert creates [default: what the role has]')
            [CompletionResult]::new('--role-path', '--role-path', [CompletionResultType]::ParameterName, 'The path of the roles that ddalert creates, such as /teams/iot/ [default: what the role has, else /]')
            [CompletionResult]::new('--tag', '--tag', [CompletionResultType]::ParameterName, 'A tag of everything that takes tags (repeatable)')
            [CompletionResult]::new('--role', '--role', [CompletionResultType]::ParameterName, 'Use this role, which somebody else made, in place of one that ddalert creates; own: go back to one that ddalert creates')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--all-profiles', '--all-profiles', [CompletionResultType]::ParameterName, 'Send the alerts of every security profile of the region')
            [CompletionResult]::new('--audit', '--audit', [CompletionResultType]::ParameterName, 'Send the results of audits')
            [CompletionResult]::new('--disconnect', '--disconnect', [CompletionResultType]::ParameterName, 'Remove the topic from what this command connected: from everything, or only from the profiles and --audit that you name')
            [CompletionResult]::new('--replace', '--replace', [CompletionResultType]::ParameterName, 'Overwrite another topic or role that is set already')
            [CompletionResult]::new('--new-topic', '--new-topic', [CompletionResultType]::ParameterName, 'Create the topic even if one with a similar name exists, or if --replace moves alerts to it')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and change nothing')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run, exit with 3 where the plan has changes')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;replay' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'Only the failure queue of this target: chime, slack, sms and so on (repeatable) [default: all]')
            [CompletionResult]::new('--limit', '--limit', [CompletionResultType]::ParameterName, 'Take at most this many messages of each queue')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the function, if the relay was deployed with --name; needs one --target')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'List what the queues hold and change nothing')
            [CompletionResult]::new('--discard', '--discard', [CompletionResultType]::ParameterName, 'Delete what the queues hold instead of delivering it')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Discard without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Discard without asking')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;rotate' {
            [CompletionResult]::new('--webhook-url-file', '--webhook-url-file', [CompletionResultType]::ParameterName, 'Read the webhook URL from this file; - is standard input [default: DDALERT_WEBHOOK_URL, else a hidden prompt]')
            [CompletionResult]::new('--allow-host', '--allow-host', [CompletionResultType]::ParameterName, 'Accept a webhook URL with this host too: a proxy, a mirror, a test server (repeatable)')
            [CompletionResult]::new('--signing-secret-file', '--signing-secret-file', [CompletionResultType]::ParameterName, 'Read the secret that signs every request from this file; - is standard input [default: DDALERT_SIGNING_SECRET, else what is stored stays]')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the function, if the relay was deployed with --name')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--no-signing', '--no-signing', [CompletionResultType]::ParameterName, 'Stop signing requests and remove the signing secret')
            [CompletionResult]::new('--no-greeting', '--no-greeting', [CompletionResultType]::ParameterName, 'Skip the greeting in the room')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and change nothing')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run, exit with 3 where the plan has changes')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;remove' {
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the function, if the relay was deployed with --name')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Remove everything that ddalert created on the topic')
            [CompletionResult]::new('--show-numbers', '--show-numbers', [CompletionResultType]::ParameterName, 'Show phone numbers in full')
            [CompletionResult]::new('--discard-failed', '--discard-failed', [CompletionResultType]::ParameterName, 'Remove a failure queue or a buffer even if it holds alerts that were not delivered')
            [CompletionResult]::new('--dry-run', '--dry-run', [CompletionResultType]::ParameterName, 'Print the plan and change nothing')
            [CompletionResult]::new('--exit-code', '--exit-code', [CompletionResultType]::ParameterName, 'With --dry-run, exit with 3 where the plan has changes')
            [CompletionResult]::new('-y', '-y', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('--yes', '--yes', [CompletionResultType]::ParameterName, 'Go ahead without asking')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;permissions' {
            [CompletionResult]::new('--command', '--command', [CompletionResultType]::ParameterName, 'A command that the person is to run (repeatable) [default: all]')
            [CompletionResult]::new('--account', '--account', [CompletionResultType]::ParameterName, 'The account''s 12 digits [default: that of the credentials]')
            [CompletionResult]::new('--sms-region', '--sms-region', [CompletionResultType]::ParameterName, 'The region that sends text messages [default: the topic''s]')
            [CompletionResult]::new('--kms-key', '--kms-key', [CompletionResultType]::ParameterName, 'The id of the KMS key of the topic or of the webhook URLs')
            [CompletionResult]::new('--role-path', '--role-path', [CompletionResultType]::ParameterName, 'The path of the roles that ddalert creates, if it is not /')
            [CompletionResult]::new('--name', '--name', [CompletionResultType]::ParameterName, 'The name of the function, if the relay is deployed with --name')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;preview' {
            [CompletionResult]::new('--target', '--target', [CompletionResultType]::ParameterName, 'The destination')
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'The alert, as Device Defender publishes it; - is standard input')
            [CompletionResult]::new('--kind', '--kind', [CompletionResultType]::ParameterName, 'The kind of sample alert')
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('--test', '--test', [CompletionResultType]::ParameterName, 'Mark it as a test alert')
            [CompletionResult]::new('--open', '--open', [CompletionResultType]::ParameterName, 'Also draw the message on a page, open it in a browser, and for Slack and Teams, print where their online designers are')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;completions' {
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;version' {
            [CompletionResult]::new('--topic', '--topic', [CompletionResultType]::ParameterName, 'The SNS topic, by name or ARN; some commands take several')
            [CompletionResult]::new('--region', '--region', [CompletionResultType]::ParameterName, 'The AWS region; some commands take several [default: AWS_REGION, the profile''s, or the topic ARN''s]')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'The profile in the AWS configuration files [default: AWS_PROFILE]')
            [CompletionResult]::new('--endpoint-url', '--endpoint-url', [CompletionResultType]::ParameterName, 'The endpoint of every AWS service: an emulator, a proxy [default: AWS_ENDPOINT_URL]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'How the answer is written; json and junit are exactly one document on stdout')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only the answer, warnings and errors')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Print each AWS call with its time and result; -vv also its parameters, without secrets')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'ddalert;help' {
            [CompletionResult]::new('deploy-chime', 'deploy-chime', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to Amazon Chime')
            [CompletionResult]::new('deploy-slack', 'deploy-slack', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to Slack')
            [CompletionResult]::new('deploy-teams', 'deploy-teams', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to Microsoft Teams')
            [CompletionResult]::new('deploy-google-chat', 'deploy-google-chat', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to Google Chat')
            [CompletionResult]::new('deploy-discord', 'deploy-discord', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to Discord')
            [CompletionResult]::new('deploy-pagerduty', 'deploy-pagerduty', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to PagerDuty')
            [CompletionResult]::new('deploy-webhook', 'deploy-webhook', [CompletionResultType]::ParameterValue, 'Deliver the topic''s alerts to a webhook')
            [CompletionResult]::new('subscribe-sms', 'subscribe-sms', [CompletionResultType]::ParameterValue, 'Send the topic''s alerts to phones by SMS')
            [CompletionResult]::new('test-publish', 'test-publish', [CompletionResultType]::ParameterValue, 'Publish a test alert and follow it to every subscriber')
            [CompletionResult]::new('doctor', 'doctor', [CompletionResultType]::ParameterValue, 'Check the whole chain, from Device Defender to each room, and name what is broken')
            [CompletionResult]::new('status', 'status', [CompletionResultType]::ParameterValue, 'Show the topics with their subscribers, last alerts and failure queues at a glance')
            [CompletionResult]::new('connect', 'connect', [CompletionResultType]::ParameterValue, 'Make Device Defender publish to the topic')
            [CompletionResult]::new('replay', 'replay', [CompletionResultType]::ParameterValue, 'Deliver the alerts that the failure queues hold')
            [CompletionResult]::new('rotate', 'rotate', [CompletionResultType]::ParameterValue, 'Replace the webhook URL of a relay')
            [CompletionResult]::new('remove', 'remove', [CompletionResultType]::ParameterValue, 'Remove what ddalert created on the topic, and nothing else')
            [CompletionResult]::new('permissions', 'permissions', [CompletionResultType]::ParameterValue, 'Print the IAM policy that a person needs to run ddalert')
            [CompletionResult]::new('preview', 'preview', [CompletionResultType]::ParameterValue, 'Show what a room would get for an alert, offline and without credentials')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completion script for a shell')
            [CompletionResult]::new('version', 'version', [CompletionResultType]::ParameterValue, 'Print the version of ddalert')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'ddalert;help;deploy-chime' {
            break
        }
        'ddalert;help;deploy-slack' {
            break
        }
        'ddalert;help;deploy-teams' {
            break
        }
        'ddalert;help;deploy-google-chat' {
            break
        }
        'ddalert;help;deploy-discord' {
            break
        }
        'ddalert;help;deploy-pagerduty' {
            break
        }
        'ddalert;help;deploy-webhook' {
            break
        }
        'ddalert;help;subscribe-sms' {
            break
        }
        'ddalert;help;test-publish' {
            break
        }
        'ddalert;help;doctor' {
            break
        }
        'ddalert;help;status' {
            break
        }
        'ddalert;help;connect' {
            break
        }
        'ddalert;help;replay' {
            break
        }
        'ddalert;help;rotate' {
            break
        }
        'ddalert;help;remove' {
            break
        }
        'ddalert;help;permissions' {
            break
        }
        'ddalert;help;preview' {
            break
        }
        'ddalert;help;completions' {
            break
        }
        'ddalert;help;version' {
            break
        }
        'ddalert;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
