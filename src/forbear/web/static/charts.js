// placeholder until drawn below
