package commands

func clientRows() []Row { return nil }
