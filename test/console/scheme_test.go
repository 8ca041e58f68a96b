package console

import (
	"context"

	"github.com/chromedp/cdproto/emulation"
)

// emulateScheme makes the browser prefer light or dark pages.
func emulateScheme(ctx context.Context, dark bool) error {
	value := "light"
	if dark {
		value = "dark"
	}
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}}).Do(ctx)
}
