package retry

import (
	"time"

	"gosafe/classify"
)

// A Kind says what an Event tells.
type Kind string

const (
	Again    Kind = "again"    // a wait, then the same once more
	Switched Kind = "switched" // a dead source is left out from now on
	Restored Kind = "restored" // the whole list of sources is asked once more
	Reworded Kind = "reworded" // once more in English, to learn what it was
	Skipped  Kind = "skipped"  // a source that was dead before was not asked at all
	Lessened Kind = "lessened" // fewer programs at once from now on
	Mended   Kind = "mended"   // something damaged was mended
	GaveUp   Kind = "gave-up"  // a failure that may pass did not, in time
	Rescued  Kind = "rescued"  // the run succeeded, though not at once
)

// An Event is something that the loop did, for whoever tells the user.
type Event struct {
	Kind     Kind
	Verdict  classify.Verdict // why
	Attempts int              // so far
	Wait     time.Duration    // until the next one
	Elapsed  time.Duration    // since the first began; of the last event only
	Dead     string           // Switched: the source left out
	Next     string           // Switched: the source asked in its place; Restored: the sources; Lessened: the flag; Again: what is different, if anything
	Done     []string         // Mended: what was done
	Notes    []string         // all that was done; of the last event only
	Refused  string           // GaveUp: why no other source was asked, or nothing was mended
}
