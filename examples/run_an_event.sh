#!/bin/sh
# Run a whole event from a terminal: curl and the API, nothing else.
#
#   HELDOUT_URL=http://localhost:8000 HELDOUT_ORGANIZER_TOKEN=ho_… examples/run_an_event.sh
#
# Creates a contest, imports a roster of 30, opens, joins two of them and submits predictions,
# grants, pauses, extends, freezes, corrects a label with a preview, reveals, exports.
# Works on any dataset: it submits all zeros and all ones. Writes event.zip and board.csv into the
# current folder.
set -eu

URL="${HELDOUT_URL:-http://localhost:8000}"
TOKEN="${HELDOUT_ORGANIZER_TOKEN:?set it to an owner's token}"
API="$URL/api/v1"
WORK="$(mktemp -d)"
trap 'rm -rf "$WORK"' EXIT

say() { printf '\n== %s\n' "$*"; }

# admin METHOD PATH [BODY]: an organizer's call; prints the answer, stops on a refusal.
admin() {
  method="$1" path="$2" body="${3:-}"
  set -- --silent --show-error --fail-with-body --request "$method" \
    --header "Authorization: Bearer $TOKEN" --header "Idempotency-Key: event-$$-$method-$path"
  if [ -n "$body" ]; then
    set -- "$@" --header 'Content-Type: application/json' --data "$body"
  fi
  curl "$@" "$API/admin$path"
}

# field NAME: the first value of this name in the JSON on standard input.
field() {
  tr '{,' '\n\n' | sed -n 's/^[[ ]*"'"$1"'" *: *"\{0,1\}\([^"}]*\).*/\1/p' | head -n 1
}

say 'Create a contest that is not open yet'
SLUG="evening-$(date +%s)-$$"
admin POST /competitions '{
  "title": "An evening of digits", "slug": "'"$SLUG"'", "timezone": "America/Toronto",
  "opens_at": "2099-01-01T18:00:00-05:00", "closes_at": "2099-01-01T21:00:00-05:00",
  "joining": "roster", "nicknames": true, "quota_per_day": 2,
  "description": "Read **handwritten digits**.", "rules": "Be kind; no hand-labelling."
}' | field board_url
C="/competitions/$SLUG"

say 'Import a roster of 30'
{
  echo 'name,email,reference'
  n=1
  while [ $n -le 30 ]; do
    echo "Student $n,student$n@example.org,$((20830000 + n))"
    n=$((n + 1))
  done
} > "$WORK/roster.csv"
curl --silent --show-error --fail-with-body --header "Authorization: Bearer $TOKEN" \
  --header 'Content-Type: text/csv' --data-binary "@$WORK/roster.csv" \
  "$API/admin$C/roster" > "$WORK/invites.json"
echo "added: $(field added < "$WORK/invites.json")"
tr '{' '\n' < "$WORK/invites.json" | sed -n 's/.*"invite" *: *"\([^"]*\)".*/\1/p' > "$WORK/invites"

say 'Open'
admin PATCH "$C" '{"opens_at": "2020-01-01T18:00:00-05:00"}' | field state

# join LINE NICKNAME: joins with an invite; prints the participant's token.
join() {
  invite="$(sed -n "$1p" "$WORK/invites")"
  curl --silent --show-error --fail-with-body --header 'Content-Type: application/json' \
    --data '{"code": "'"$invite"'", "name": "'"$2"'"}' "$API/join" > "$WORK/joined.json"
  field token < "$WORK/joined.json"
}

# submit TOKEN DIGIT NAME: sends the same digit for every hidden example; waits for the score.
submit() {
  examples="$(curl --silent --fail "$API/competitions/$SLUG" | field test_examples)"
  { echo label; yes "$2" | head -n "$examples"; } > "$WORK/$3.csv"
  size="$(wc -c < "$WORK/$3.csv" | tr -d ' ')"
  curl --silent --show-error --fail-with-body --header "Authorization: Bearer $1" \
    --header 'Content-Type: application/json' --header "Idempotency-Key: submit-$$-$3" \
    --data '{"kind": "predictions", "name": "'"$3"'", "filename": "'"$3"'.csv",
             "size_bytes": '"$size"'}' "$API/submissions" > "$WORK/opened.json"
  id="$(field id < "$WORK/opened.json")"
  curl --silent --show-error --fail-with-body --header "Authorization: Bearer $1" \
    --upload-file "$WORK/$3.csv" "$API/submissions/$id/file" > /dev/null
  state=queued
  while [ "$state" = queued ] || [ "$state" = running ]; do
    curl --silent --show-error --fail-with-body --header "Authorization: Bearer $1" \
      "$API/submissions/$id?wait=5" > "$WORK/shown.json"
    state="$(field state < "$WORK/shown.json")"
  done
  echo "$3: $state"
  [ "$state" = scored ]
}

say 'Two of them join and submit'
FOX="$(join 1 Fox)"
OWL="$(join 2 Owl)"
submit "$FOX" 0 zeros
submit "$OWL" 1 ones
curl --silent --fail "$API/competitions/$SLUG/leaderboard" | field total

say 'Grant the Fox two more submissions'
ID="$(admin GET "$C/participants?search=Fox" | field id)"
admin POST "$C/participants/$ID/grants" '{"extra": 2, "reason": "the projector failed"}' \
  | field extra

say 'Pause, and go on with the time given back'
admin POST "$C/pause" | field state
admin POST "$C/resume" '{"give_back_time": true}' | field state

say 'Ten minutes more for everybody, five on top for the Fox'
admin POST "$C/extend" '{"minutes": 10}' | field closes_at
admin POST "$C/participants/$ID/extend" '{"minutes": 5}' | field extra_minutes

say 'Freeze the board; what comes now moves nothing that the room sees'
admin POST "$C/freeze" | field frozen
submit "$FOX" 2 twos

say 'Correct a label: a draft first, with a preview of who moves'
admin POST "$C/rescores" \
  '{"corrections": [{"index": 0, "label": 0}], "note": "the first image is a zero"}' \
  > "$WORK/rescore.json"
RESCORE="$(field id < "$WORK/rescore.json")"
STATE="$(field state < "$WORK/rescore.json")"
while [ "$STATE" = computing ]; do
  sleep 1
  STATE="$(admin GET "$C/rescores/$RESCORE" | field state)"
done
admin GET "$C/rescores/$RESCORE/preview" | field scores_changed
admin POST "$C/rescores/$RESCORE/apply" | field moved_count

say 'End it, reveal the private scores'
admin PATCH "$C" '{"closes_at": "2020-01-02T00:00:00-05:00"}' | field state
admin POST "$C/reveal" | field revealed
curl --silent --fail "$API/competitions/$SLUG/leaderboard" | field split

say 'Export everything'
admin GET "$C/export.zip" > event.zip
admin GET "$C/export/leaderboard.csv" > board.csv
admin GET "$C/roster.csv" > "$WORK/roster-out.csv"
echo "event.zip: $(wc -c < event.zip | tr -d ' ') bytes; roster: $(wc -l < "$WORK/roster-out.csv" | tr -d ' ') lines"

say "Who did what: $(admin GET "/audit?competition=$SLUG&limit=200" | tr '{' '\n' | grep -c '"action"') acts in the log"
