"""Every act of organizers. What isn't here has no address, no words and no way back."""

from heldout_server.acts.registry import Registry
from heldout_server.competitions import freeze_and_reveal, schedule_acts, settings_acts
from heldout_server.people import account_merge, bans, participant_acts, teams
from heldout_server.submissions import moderation, purge, rerun, reset

ACTS = Registry(
    settings_acts.create_competition,
    settings_acts.edit_competition,
    settings_acts.archive_competition,
    settings_acts.unarchive_competition,
    schedule_acts.pause_competition,
    schedule_acts.resume_competition,
    schedule_acts.extend_competition,
    freeze_and_reveal.freeze_board,
    freeze_and_reveal.unfreeze_board,
    freeze_and_reveal.reveal_board,
    freeze_and_reveal.conceal_board,
    freeze_and_reveal.open_hardest_digits,
    freeze_and_reveal.close_hardest_digits,
    participant_acts.rename_participant,
    participant_acts.reset_participant_token,
    participant_acts.renew_participant_code,
    participant_acts.extend_participant,
    participant_acts.grant_submissions,
    participant_acts.revoke_grant,
    bans.ban_participant,
    bans.unban_participant,
    account_merge.merge_participant,
    account_merge.unmerge_participant,
    teams.move_participant,
    teams.create_team,
    teams.set_captain,
    teams.disband_team,
    moderation.let_submission_through,
    moderation.hide_submission,
    moderation.disqualify_submission,
    moderation.restore_submission,
    rerun.rerun_submissions,
    rerun.rerun_submission,
    rerun.cancel_submission,
    rerun.retry_submission,
    purge.purge_submission,
    reset.reset_competition,
)
