package commands

func genericRows() []Row { return nil }
