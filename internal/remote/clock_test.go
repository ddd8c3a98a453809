package remote

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"iab/internal/plan"
)

// hand is a clock that tests move.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

func (h *hand) read() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// dated is a server whose clock differs from ours, and whose answers take their time.
type dated struct {
	ours  *hand
	ahead time.Duration
	trips []time.Duration // of the answers to come; the last one stays
	date  string          // instead of the right one
}

func (d *dated) answer(f *fakeServer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		d.ours.move(d.trips[0] / 2)
		date := d.ours.read().Add(d.ahead).UTC().Format(http.TimeFormat)
		if d.date != "" {
			date = d.date
		}
		w.Header().Set("Date", date)
		d.ours.move(d.trips[0] / 2)
		if len(d.trips) > 1 {
			d.trips = d.trips[1:]
		}
		f.incus(w, r)
	}
}

func TestTheSkewOfAServerIsReadFromItsAnswers(t *testing.T) {
	quick := []time.Duration{10 * time.Millisecond}
	for name, c := range map[string]struct {
		dated
		least, most time.Duration
	}{
		"the same time":              {dated{trips: quick}, 0, 0},
		"within the second":          {dated{trips: quick, ahead: 600 * time.Millisecond}, 0, time.Second},
		"two minutes ahead":          {dated{trips: quick, ahead: 2 * time.Minute}, 2*time.Minute - 1100*time.Millisecond, 2 * time.Minute},
		"two minutes behind":         {dated{trips: quick, ahead: -2 * time.Minute}, -2 * time.Minute, -2*time.Minute + 1100*time.Millisecond},
		"a slow answer is no skew":   {dated{trips: []time.Duration{40 * time.Second}}, 0, 0},
		"the fastest answer counts":  {dated{trips: []time.Duration{time.Minute, 10 * time.Millisecond, time.Minute}, ahead: 20 * time.Second}, 18 * time.Second, 20 * time.Second},
		"an answer without a date":   {dated{trips: quick, ahead: time.Hour, date: "sometime"}, 0, 0},
		"a slow answer proves a day": {dated{trips: []time.Duration{time.Minute}, ahead: 24 * time.Hour}, 24*time.Hour - 32*time.Second, 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			for _, fraction := range []time.Duration{0, 300 * time.Millisecond, 999 * time.Millisecond} {
				c.ours = &hand{now: march.Add(fraction)}
				server := c.dated
				f := newFakeServer(t)
				creds := f.pinned(t, march)
				f.answer = server.answer(f)
				client, err := Connect(t.Context(), plan.Source, f.URL, creds, c.ours.read)
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					if _, err := client.GetProjectNames(); err != nil {
						t.Fatal(err)
					}
				}
				if got := skew(client); got < c.least || got > c.most {
					t.Errorf("at .%03d: %s, want %s to %s", fraction.Milliseconds(), got, c.least, c.most)
				}
				if got := skew(client.UseProject("web")); got != skew(client) {
					t.Errorf("seen through a project the skew is %s", got)
				}
			}
		})
	}
}

func TestTheInventoryHoldsTheSkewOfBothServers(t *testing.T) {
	clock := &hand{now: march}
	var urls []string
	var creds Credentials
	for i, ahead := range []time.Duration{time.Hour, -time.Hour} {
		f := newFakeServer(t)
		if i == 0 {
			creds = f.pinned(t, march)
		}
		f.known[creds.Fingerprint()] = true
		pinTo(t, creds.Dir, f.URL, f.certPEM)
		server := dated{ours: clock, trips: []time.Duration{0}, ahead: ahead}
		f.answer = server.answer(f)
		urls = append(urls, f.URL)
	}
	pair, err := Dial(t.Context(), creds, urls[0], urls[1], Owner{}, Patience{}, clock.read)
	if err != nil {
		t.Fatal(err)
	}
	defer pair.Close()
	inv, err := pair.Inventory(t.Context(), plan.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	if inv.Source.Skew.Round(2*time.Second) != time.Hour || inv.Target.Skew.Round(2*time.Second) != -time.Hour {
		t.Errorf("the skews are %s and %s", inv.Source.Skew, inv.Target.Skew)
	}
}
