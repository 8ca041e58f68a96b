package commands

func commandRows() []Row { return nil }
