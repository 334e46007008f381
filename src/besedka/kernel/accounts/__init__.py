"""Who is who: users, the workspaces they work in, and the sessions in which they do it.

A *user* is a person with a password. A *workspace* is a company or a person's own room. An *actor* is whoever can
appear in a conversation of one workspace: a user's face there, a contact, an assistant, the system. A *membership*
gives an actor a *role*, and a role is a set of *permissions*, which the modules' manifests name.
"""
