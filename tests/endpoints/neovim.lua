-- Opens a file in a real Neovim with the plugin, begins a line in its hole, and waits for the ghost text:
-- `nvim -l neovim.lua FILE GHOST_TEXT`. The settings are those of the user whose HOME this runs with.

package.path = vim.env.FIRESTEEL_TESTS .. '/neovim/?.lua;' .. package.path

local Editor = require('editor')
local file, ghost = arg[1], arg[2]

local editor = Editor.open(file, {})
editor:command('normal! 2G')
editor:type('A')
-- The model writes the same wherever it is asked; the embedded engine may show something of its own before.
editor:type(' ')
editor:wait('the ghost text of the model', function()
  return editor:ghost() == ghost
end)
editor:close()
