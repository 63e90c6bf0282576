--- Firesteel for Neovim: the functions that a configuration calls.

local M = {}

--- Starts Firesteel in the buffers that it is for.
---@param opts? firesteel.Options Only what differs from the defaults.
function M.setup(opts)
  require('firesteel.config').set(opts)
  require('firesteel.server').enable()
end

--- Accepts the suggestion that is shown; false when there is none, so that a key can do something else.
---@return boolean
function M.accept()
  return require('firesteel.inline').accept('all')
end

--- Accepts the suggestion's next word.
---@return boolean
function M.accept_word()
  return require('firesteel.inline').accept('word')
end

--- Accepts the rest of the suggestion's first line.
---@return boolean
function M.accept_line()
  return require('firesteel.inline').accept('line')
end

--- Shows the next of several suggestions.
function M.next()
  require('firesteel.inline').next()
end

--- Asks for a suggestion now.
function M.trigger()
  require('firesteel.inline').trigger()
end

--- A short text for the status line.
---@return string
function M.statusline()
  return require('firesteel.statusline').text()
end

return M
