package cli

import (
	"testing"

	"iab/internal/config"
)

func TestTheFlagGoesBeforeTheConfigAndFourIsTheDefault(t *testing.T) {
	for _, test := range []struct{ flag, config, want int }{
		{0, 0, 4},
		{0, 2, 2},
		{8, 0, 8},
		{8, 2, 8},
	} {
		if got := (runOptions{parallel: test.flag}).atOnce(config.Config{Parallel: test.config}); got != test.want {
			t.Errorf("flag %d, config %d: %d at once, want %d", test.flag, test.config, got, test.want)
		}
	}
}
